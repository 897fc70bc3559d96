"""What TF Serving is told of running the calls of a model together."""

from google.protobuf import text_format

from export.publishing.batching_config import BATCHING
from serving.ops.config_protos import BatchingParameters


def test_calls_of_the_recommender_are_run_together(exported):
    """One with an unknown field would not be loaded."""
    found = text_format.Parse(
        (exported / BATCHING).read_text(), BatchingParameters()
    )
    assert found.max_execution_batch_size.value == 64
    assert found.max_batch_size.value == 1024
    assert found.enable_large_batch_splitting.value
    assert found.pad_variable_length_inputs
    assert found.max_enqueued_batches.value >= 1
    # The server's, for all models; here it would be ignored.
    assert not found.HasField("num_batch_threads")

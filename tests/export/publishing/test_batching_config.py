"""What TF Serving is told of running the calls of a model together."""

from google.protobuf import text_format

from atelier.schema.model_versions import BATCHING
from export.publishing.batching_config import write_batching
from serving.ops.tf_serving_config_pb2 import BatchingParameters


def test_calls_are_batched_only_on_request(exported):
    """Any call could make the others of its batch fail."""
    assert not (exported / BATCHING).exists()


def test_calls_are_run_together(tmp_path):
    """One with an unknown field would not be loaded."""
    write_batching(str(tmp_path))
    found = text_format.Parse(
        (tmp_path / BATCHING).read_text(), BatchingParameters()
    )
    assert found.max_execution_batch_size.value == 64
    assert found.max_batch_size.value == 1024
    assert found.enable_large_batch_splitting.value
    assert found.pad_variable_length_inputs
    assert found.max_enqueued_batches.value >= 1
    # The server's, for all models; here it would be ignored.
    assert not found.HasField("num_batch_threads")

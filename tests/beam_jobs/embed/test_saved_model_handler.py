"""A signature in RunInference: names, strings, lists, and what it refuses."""

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
from apache_beam.ml.inference.base import KeyedModelHandler
from apache_beam.ml.inference.base import RunInference
from apache_beam.testing.util import assert_that
from apache_beam.testing.util import equal_to

from beam_jobs.embed.saved_model_handler import Failure
from beam_jobs.embed.saved_model_handler import SavedModelHandler
from beam_jobs.embed.saved_model_handler import load
from beam_jobs.embed.saved_model_handler import reason_of
from beam_jobs.options import beam_options
from beam_jobs.run_pipeline import new_pipeline


class Counter(tf.Module):
    """Counts the words of a row, and says how wide its batch was."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.string, "name"),
            tf.TensorSpec([None, None], tf.string, "words"),
        ]
    )
    def count(self, name, words):
        tf.debugging.Assert(
            tf.reduce_all(name != "bad"), ["no bad names, please"]
        )
        given = tf.cast(words != "", tf.int64)
        return {
            "name": tf.strings.upper(name),
            "number": tf.reduce_sum(given, axis=1),
            "shape": tf.tile(tf.shape(words)[None], [tf.shape(name)[0], 1]),
        }


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> str:
    """A saved counter."""
    path = str(tmp_path_factory.mktemp("counter") / "1")
    module = Counter()
    tf.saved_model.save(module, path, signatures={"count": module.count})
    return path


@pytest.fixture(scope="module")
def call(path):
    """Runs a batch as RunInference does."""
    handler = SavedModelHandler(path, "count")
    model = handler.load_model()

    def call(*rows):
        batch = [{"name": name, "words": words} for name, words in rows]
        return handler.run_inference(batch, model)

    return call


def test_outputs_of_each_row_come_in_order(call):
    first, second = call((b"ann", [b"a", b"b"]), ("Bea", ["c"]))

    assert (first["name"], first["number"]) == (b"ANN", 2)
    assert (second["name"], second["number"]) == (b"BEA", 1)


def test_lists_are_padded_to_the_longest_of_the_batch(call):
    rows = call((b"a", [b"x"]), (b"b", []), (b"c", [b"x", b"y", b"z"]))

    assert [row["number"] for row in rows] == [1, 0, 3]
    for row in rows:
        np.testing.assert_array_equal(row["shape"], [3, 3])


def test_lists_may_all_be_empty(call):
    rows = call((b"a", []), (b"b", []))

    assert [row["number"] for row in rows] == [0, 0]
    np.testing.assert_array_equal(rows[0]["shape"], [2, 0])


def test_a_refused_row_is_told_from_the_others_of_its_batch(call):
    first, second, third = call((b"a", []), (b"bad", []), (b"c", [b"x"]))

    assert (first["name"], third["name"]) == (b"A", b"C")
    assert second == Failure("assertion failed: [no bad names, please]")


def test_a_missing_input_is_a_bug_and_no_refusal(path):
    handler = SavedModelHandler(path, "count")

    with pytest.raises(KeyError, match="words"):
        handler.run_inference([{"name": b"a"}], handler.load_model())


def test_bytes_are_estimated_without_pickling():
    handler = SavedModelHandler("nowhere", "count")

    assert handler.get_num_bytes([{"name": b"abc", "words": [b"d"]}] * 2) == 8


def test_a_model_is_loaded_once_a_process(path):
    assert load(path) is load(path)


def test_in_a_pipeline_with_keys(path):
    handler = KeyedModelHandler(SavedModelHandler(path, "count"))
    rows = [
        (1, {"name": b"a", "words": [b"x"]}),
        (2, {"name": b"bad", "words": []}),
    ]

    with new_pipeline(beam_options([], "prog")) as pipeline:
        result = (
            pipeline
            | beam.Create([rows])
            | RunInference(handler.with_no_batching())
            | beam.MapTuple(
                lambda key, one: (
                    key,
                    one.reason if isinstance(one, Failure) else one["name"],
                )
            )
        )
        assert_that(
            result,
            equal_to(
                [(1, b"A"), (2, "assertion failed: [no bad names, please]")]
            ),
        )


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            "Graph execution error:\n\nDetected at node x\nInvalid JPEG data"
            "\n\t [[{{node x}}]] [Op:__inference_1]",
            "Invalid JPEG data",
        ),
        ("corrupted record at 0", "corrupted record at 0"),
        ("", ""),
    ],
)
def test_reasons(message, reason):
    error = tf.errors.InvalidArgumentError(None, None, message)

    assert reason_of(error) == reason


def test_processes_share_a_gpu(path, monkeypatch):
    shared = []

    def share(gpu, enabled):
        shared.append((gpu, enabled))
        raise RuntimeError("it is in use already")

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", share)
    load.cache_clear()
    assert load(path).signatures
    assert shared == [("GPU", True)]

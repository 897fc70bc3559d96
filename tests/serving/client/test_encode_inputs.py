"""Lists of ids in a batch that TF Serving made of several requests."""

from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from serving.client import recommender_requests as questions
from serving.client.predict_request import PredictCall
from serving.client.predict_request import predict_call


def together(
    one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Batches two requests as `pad_variable_length_inputs` does.

    A column that is narrower than that of the other request is padded with the
    very first value of its own (`batching/batching_util.cc`).
    """
    batch = {}
    for name in one:
        width = max(column[name].shape[-1] for column in (one, other))
        batch[name] = np.concatenate(
            [
                np.pad(
                    column[name],
                    [(0, 0), (0, width - column[name].shape[1])],
                    constant_values=column[name].flat[0],
                )
                if column[name].ndim == 2
                else column[name]
                for column in (one, other)
            ]
        )
    return batch


def test_lists_are_never_of_width_0() -> None:
    """Beside a wider list, TF Serving would fail the whole batch."""
    inputs = questions.recommend(["ann", "bob"], [[], []]).inputs
    assert inputs["exclude_ids"].tolist() == [[b""], [b""]]


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (
            questions.recommend_for_items([["shirt,1", "帽子"], ["jean"]]),
            questions.recommend_for_items([["robe"] * 7]),
        ),
        (
            questions.recommend_for_items([["robe"]], categories=[["top"]]),
            questions.recommend_for_items([["sock"] * 7], [["top"] * 7]),
        ),
        (
            questions.recommend_for_text(["hat"]),
            questions.recommend_for_text(["top"], ["cyd"], [["sock"] * 7]),
        ),
        (
            questions.recommend(["ann", "bob"], [["robe"], ["jean"]], None),
            questions.recommend(["cyd"], [["sock"] * 7], None),
        ),
        (
            questions.recommend(["ann", "bob"], [[], []], [["top"], ["hat"]]),
            questions.recommend(["cyd"], [["sock"] * 7], [["top"] * 7]),
        ),
    ],
)
def test_a_row_is_independent_of_its_batch(
    publish: Callable, tmp_path: Path, narrow: PredictCall, wide: PredictCall
) -> None:
    model = tf.saved_model.load(str(publish(tmp_path, 1)))

    def ask(inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        signature = model.signatures[narrow.signature.name]
        columns = {
            name: tf.constant(values.tolist())
            for name, values in inputs.items()
        }
        return {n: v.numpy() for n, v in signature(**columns).items()}

    alone = ask(narrow.inputs)
    batched = ask(together(narrow.inputs, wide.inputs))
    for name, values in alone.items():
        np.testing.assert_array_equal(batched[name][: len(values)], values)


@pytest.mark.parametrize(
    ("signature", "arguments", "text"),
    [
        (
            "serving_defualt",
            {"user_ids": ["ann"]},
            "received 'serving_defualt'",
        ),
        ("serving_default", {"user_ids": [204]}, "must hold strings; received"),
        ("embed_images", {"images": [None]}, "received None in row 0"),
    ],
)
def test_wrong_arguments_are_one_sentence(signature, arguments, text):
    with pytest.raises(ValueError, match=text):
        predict_call("recommender", signature, lambda *_: None, **arguments)

"""Requests that would fail their whole batch in TF Serving."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from atelier.schema.model_versions import BATCHING
from serving.local_server.batch_checks import check_batchable
from serving.local_server.batch_checks import check_shapes
from serving.local_server.loaded_version import LoadedVersion
from serving.local_server.status_error import StatusError

IDS = np.array([b"a", b"b"], object)


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"user_id": IDS, "exclude_ids": IDS[:, None][:, :0]}, "empty tensor"),
        ({"user_id": IDS, "image_bytes": IDS[:1]}, "equal 0th-dimension size"),
        ({"seed": np.array(1)}, "at least one dimension"),
    ],
)
def test_inputs_that_cannot_be_batched_are_rejected(
    inputs: dict, text: str
) -> None:
    with pytest.raises(StatusError, match=text):
        check_batchable(inputs)


@pytest.mark.parametrize("rows", [0, 2])
def test_other_requests_pass(rows: int) -> None:
    check_batchable({"user_id": IDS[:rows], "exclude_ids": IDS[:rows, None]})


def test_other_ranks_are_refused() -> None:
    signature = meta_graph_pb2.SignatureDef()
    shape = tf.TensorShape([None]).as_proto()
    signature.inputs["user_id"].tensor_shape.CopyFrom(shape)
    signature.inputs["seed"].tensor_shape.unknown_rank = True
    check_shapes({"user_id": IDS, "seed": IDS[:, None]}, signature)
    with pytest.raises(StatusError, match="Expects user_id to have shape"):
        check_shapes({"user_id": IDS[:, None]}, signature)


def test_a_version_is_batched_if_it_says_so(
    publish: Callable, tmp_path: Path
) -> None:
    path = publish(tmp_path, 1)
    assert not LoadedVersion(1, path).is_batched
    (path / BATCHING).touch()
    assert LoadedVersion(1, path).is_batched

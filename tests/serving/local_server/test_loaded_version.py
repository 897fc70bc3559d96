"""Runs of one version: time limits, shapes."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from serving.local_server.loaded_version import LoadedVersion
from serving.local_server.status_error import StatusError


@tf.function(input_signature=[tf.TensorSpec([None], tf.int64, "steps")])
def count(steps: tf.Tensor) -> dict[str, tf.Tensor]:
    def more(step: tf.Tensor) -> tf.Tensor:
        return step < steps[0]

    (step,) = tf.while_loop(
        more, lambda step: [step + 1], [tf.zeros_like(steps[0])]
    )
    return {"step": step[None]}


@tf.function(
    input_signature=[
        tf.TensorSpec([None], tf.string, "a"),
        tf.TensorSpec([None, 2], tf.string, "b"),
    ]
)
def pair(a: tf.Tensor, b: tf.Tensor) -> dict[str, tf.Tensor]:
    return {"a": tf.identity(a), "b": tf.identity(b)}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved")
    signatures = {"count": count, "pair": pair}
    tf.saved_model.save(tf.Module(), str(path), signatures=signatures)
    return path


def run(
    version: LoadedVersion, name: str, timeout: float = 10.0, **inputs: Any
) -> dict[str, Any]:
    signature = version.signatures[name]
    return version.run(
        {key: info.name for key, info in signature.outputs.items()},
        {signature.inputs[key].name: inputs[key] for key in inputs},
        timeout,
    )


def test_a_run_ends_when_its_time_is_over(saved: Path) -> None:
    version = LoadedVersion(1, saved)
    assert run(version, "count", steps=np.array([3]))["step"] == [3]
    began = time.monotonic()
    with pytest.raises(StatusError) as caught:
        run(version, "count", 0.2, steps=np.array([2**60]))
    assert time.monotonic() - began < 5
    assert caught.value.code.name == "DEADLINE_EXCEEDED"


def test_shapes_are_left_to_the_ops(saved: Path) -> None:
    texts = np.array([b"x", b"y", b"z"], object)
    outputs = run(LoadedVersion(1, saved), "pair", a=texts[0], b=texts)
    assert outputs["a"].tolist() == b"x"
    assert outputs["b"].tolist() == [b"x", b"y", b"z"]

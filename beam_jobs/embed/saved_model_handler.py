"""Runs one signature of a SavedModel inside Beam's RunInference.

Beam's own TensorFlow handlers want a Keras model or one tensor in and out; a
signature has names, strings and several outputs.
"""

import contextlib
import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from apache_beam.ml.inference.base import ModelHandler

Row = dict[str, Any]
"""Values of one row by name; of a batch that a signature takes or gives."""


@dataclasses.dataclass(frozen=True)
class Failure:
    """Stands where the outputs of a row would be.

    Attributes:
        reason: What the model said of it.
    """

    reason: str


@functools.lru_cache(maxsize=1)
def load(path: str) -> Any:
    """Loads a SavedModel; all steps of a process share it.

    Args:
        path: Folder of the one version.

    Raises:
        Exception: Whatever TensorFlow makes of what is no SavedModel.
    """
    _share_gpus()
    return tf.saved_model.load(path)


class SavedModelHandler(ModelHandler[Row, Row | Failure, Any]):
    """Calls a signature with batches of rows.

    A row that the model refuses does not end the job: it comes out as a
    `Failure`, for the job to say which it was.

    Args:
        path: Folder of the one version, on any file system of TensorFlow.
        signature: Name of the signature. Its inputs are [batch], or
            [batch, n] where rows hold lists, which are padded.
    """

    def __init__(self, path: str, signature: str) -> None:
        super().__init__()
        self._path = path
        self._signature = signature

    def load_model(self) -> Any:
        """Loads the model, once a process."""
        return load(self._path)

    def run_inference(
        self,
        batch: Sequence[Row],
        model: Any,
        inference_args: dict[str, Any] | None = None,
    ) -> list[Row | Failure]:
        """Calls the signature.

        Args:
            batch: Inputs of each row.
            model: What `load_model` returned.
            inference_args: Nothing; signatures take no options.

        Returns:
            Outputs of each row, without the batch dimension, or why there
            are none.
        """
        try:
            return self._call(batch, model.signatures[self._signature])
        except tf.errors.OpError as error:
            if len(batch) == 1:
                return [Failure(reason_of(error))]
        return [self.run_inference([row], model)[0] for row in batch]

    def get_num_bytes(self, batch: Sequence[Row]) -> int:
        """Estimates the bytes of a batch; Beam would pickle it to count."""
        return sum(len(value) for row in batch for value in row.values())

    def _call(self, batch: Sequence[Row], function: Any) -> list[Row | Failure]:
        _, specs = function.structured_input_signature
        outputs = function(
            **{
                name: _stack([row[name] for row in batch], spec)
                for name, spec in specs.items()
            }
        )
        arrays = {name: tensor.numpy() for name, tensor in outputs.items()}
        refused = arrays.pop("error", [b""] * len(batch))
        return [
            Failure(reason.decode())
            if reason
            else {name: array[index] for name, array in arrays.items()}
            for index, reason in enumerate(refused)
        ]


def reason_of(error: tf.errors.OpError) -> str:
    """Returns what an op said, without TensorFlow's headline and node names."""
    text: str = error.message.partition("\n\t [[")[0]
    return text.rstrip().rpartition("\n")[2]


def _share_gpus() -> None:
    """Let processes share a GPU, of which one would take all the memory."""
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # It is in use already.
            tf.config.experimental.set_memory_growth(gpu, True)


def _stack(values: list[Any], spec: tf.TensorSpec) -> tf.Tensor:
    """Makes [batch], or [batch, n] padded to the longest with "" or 0."""
    if spec.shape.rank == 1:
        return tf.constant(values, spec.dtype)
    return tf.ragged.constant(values, spec.dtype).to_tensor()

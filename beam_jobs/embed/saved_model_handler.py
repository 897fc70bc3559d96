"""RunInference model handler for a signature of a SavedModel.

Beam's own TensorFlow handlers require a Keras model or a single input and
output tensor. Signatures have named inputs, strings and several outputs.
"""

import contextlib
import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from apache_beam.ml.inference.base import ModelHandler

Row = dict[str, Any]
"""Values of a row of a batch, by name of the signature's input or output."""


@dataclasses.dataclass(frozen=True)
class Failure:
    """Result of a row that the model rejected, in place of its outputs.

    Attributes:
        reason: Error message of the model.
    """

    reason: str


@functools.lru_cache(maxsize=1)
def load(path: str) -> Any:
    """Loads a SavedModel, which all steps of a process share.

    Args:
        path: Folder of the model version.

    Raises:
        Exception: If the folder holds no valid SavedModel; the type is up to
            TensorFlow.
    """
    _share_gpus()
    return tf.saved_model.load(path)


class SavedModelHandler(ModelHandler[Row, Row | Failure, Any]):
    """Calls a signature with batches of rows.

    A row that the model rejects does not fail the job. Its result is a
    `Failure`, so that the job can report the row.

    Args:
        path: Folder of the model version, on any file system that TensorFlow
            supports.
        signature: Name of the signature. Its inputs are [batch], or [batch, n]
            for rows that hold lists, which are padded.

    Example:
        handler = SavedModelHandler("models/recommender/1", "embed_images")
        rows = [{"image_bytes": jpeg}]
        (outputs,) = handler.run_inference(rows, handler.load_model())
    """

    def __init__(self, path: str, signature: str) -> None:
        super().__init__()
        self._path = path
        self._signature = signature

    def load_model(self) -> Any:
        """Loads the model, once per process."""
        return load(self._path)

    def run_inference(
        self,
        batch: Sequence[Row],
        model: Any,
        inference_args: dict[str, Any] | None = None,
    ) -> list[Row | Failure]:
        """Calls the signature; rows are retried singly if the batch fails.

        Args:
            batch: Inputs by name, one dictionary per row.
            model: Model from `load_model`.
            inference_args: Not used; signatures take no options.

        Returns:
            Outputs by name without the batch dimension, or a `Failure`, for
            each row.
        """
        try:
            return self._call(batch, model.signatures[self._signature])
        except tf.errors.OpError as error:
            if len(batch) == 1:
                return [Failure(reason_of(error))]
        return [self.run_inference([row], model)[0] for row in batch]

    def get_num_bytes(self, batch: Sequence[Row]) -> int:
        """Returns the values' total length; Beam would pickle the batch."""
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
    """Returns an op's message without TensorFlow's headline and node names."""
    text: str = error.message.partition("\n\t [[")[0]
    return text.rstrip().rpartition("\n")[2]


def _share_gpus() -> None:
    """Enables memory growth, so that several processes can share a GPU."""
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # The GPU is initialized.
            tf.config.experimental.set_memory_growth(gpu, True)


def _stack(values: list[Any], spec: tf.TensorSpec) -> tf.Tensor:
    """Returns a tensor [batch], or [batch, n] padded with "" or 0."""
    if spec.shape.rank == 1:
        return tf.constant(values, spec.dtype)
    return tf.ragged.constant(values, spec.dtype).to_tensor()

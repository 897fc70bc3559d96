"""Beam transform that calls a SavedModel signature on batches of rows."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.ml.inference.base import KeyedModelHandler
from apache_beam.ml.inference.base import RunInference

from beam_jobs.embed.progress import CountRows
from beam_jobs.embed.saved_model_handler import Failure
from beam_jobs.embed.saved_model_handler import Row
from beam_jobs.embed.saved_model_handler import SavedModelHandler

REFUSED = "error"


@dataclasses.dataclass(frozen=True, order=True)
class Place:
    """Position of a row, the same in the input and in the output.

    Attributes:
        shard: Index of the row's file.
        position: Index of the row in its file.
        id: Id of the item or user.
    """

    shard: int
    position: int
    id: str


Placed = tuple[Place, Row]


class Infer(beam.PTransform):
    """Runs a signature on given batches of rows, without rebatching.

    Beam's own batches depend on the workers, and the last digits of the
    outputs depend on the batches.

    Args:
        model_path: Folder of the model version.
        signature: Name of the signature.
        kind: Row type for failure messages, such as `item`.
        progress_path: Path of the progress file from `rows_done`.

    Example:
        infer = Infer("models/recommender/1", "embed_images", "item", progress)
        outputs, failures = batches | infer
    """

    def __init__(
        self, model_path: str, signature: str, kind: str, progress_path: str
    ) -> None:
        super().__init__()
        self._handler = SavedModelHandler(model_path, signature)
        self._kind = kind
        self._progress_path = progress_path

    def expand(
        self, batches: beam.PCollection[list[Placed]]
    ) -> tuple[beam.PCollection[Placed], beam.PCollection[tuple[str, str]]]:
        """Returns the rows' outputs and (row, reason) pairs of failed rows."""
        done, refused = (
            batches
            | RunInference(KeyedModelHandler(self._handler).with_no_batching())
            | "Count" >> beam.ParDo(CountRows(self._progress_path))
            | "Part"
            >> beam.FlatMap(_part, self._kind).with_outputs(
                REFUSED, main="done"
            )
        )
        return done, refused


def _part(element: tuple[Place, Row | Failure], kind: str) -> Iterator[Any]:
    """Yields a row's outputs, or the failure under the tag `REFUSED`."""
    place, outputs = element
    if isinstance(outputs, Failure):
        what = f"{kind} {place.id!r}"
        yield pvalue.TaggedOutput(REFUSED, (what, outputs.reason))
    else:
        yield place, outputs

"""Calls a signature of a SavedModel with batches of rows."""

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
    """Where a row stands, in what is read and in what is written.

    Attributes:
        shard: Index of its file.
        position: Its number in there.
        id: The item's or the user's.
    """

    shard: int
    position: int
    id: str


Placed = tuple[Place, Row]


class Infer(beam.PTransform):
    """Gives batches of rows to a signature as they are.

    Beam would make batches of its own, which depend on the workers, and with
    them the last digits of what comes out.

    Args:
        model_path: Folder of the one version.
        signature: Name of the signature.
        kind: What a row is, for the sentence about one that fails.
        progress_path: The file of `rows_done`.
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
        """Returns the rows' outputs, and (what, reason) of those refused."""
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
    """Yields the outputs, or why there are none under a tag."""
    place, outputs = element
    if isinstance(outputs, Failure):
        what = f"{kind} {place.id!r}"
        yield pvalue.TaggedOutput(REFUSED, (what, outputs.reason))
    else:
        yield place, outputs

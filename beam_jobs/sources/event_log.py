"""Feedback events of the studio, read beside the tables of a source."""

import dataclasses
import json
import math
from collections.abc import Iterator
from collections.abc import Mapping

import numpy as np

from atelier.io.errors import UserError
from atelier.schema import feedback_event
from beam_jobs.tables import json_lines
from beam_jobs.tables.blocks import Block
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row
from beam_jobs.tables.table import match_files

EVENTS = "events"
"""Name of the table of events."""
WEIGHTS = {
    feedback_event.LIKE: 1.0,
    feedback_event.KEEP: 1.0,
    feedback_event.CHOICE: 1.0,
    feedback_event.OPEN: 0.2,
    feedback_event.HIDE: -1.0,
}
"""Default weight of an interaction by the type of its event."""
UNWEIGHTED = 1.0
"""Weight of an interaction without one beside events, that of a like."""


@dataclasses.dataclass(frozen=True)
class EventLog:
    """Files of feedback events, and the weights of what they say.

    Attributes:
        files: Files of the log, the chunks of its one table.
        weights: Weight of an interaction by the type of its event.

    Example:
        log = EventLog.open("runs/events/*.jsonl", "open=0")
        rows = [row for chunk in log.chunks(EVENTS) for row in log.read(
            EVENTS, chunk)]
    """

    files: tuple[Chunk, ...]
    weights: Mapping[str, float]

    @property
    def owned_weight(self) -> float | None:
        """Least weight above that of `open`, as float32.

        To look at an item is not to own it. None if the weight does not tell
        looks from other reactions and from interactions without a weight.
        """
        look = self.weights[feedback_event.OPEN]
        others = [
            weight
            for name, weight in self.weights.items()
            if name != feedback_event.OPEN and weight > 0
        ]
        if not 0 < look < min(UNWEIGHTED, *others):
            return None
        return float(np.nextafter(np.float32(look), np.float32(np.inf)))

    @classmethod
    def open(cls, pattern: str, weights: str | None) -> "EventLog":
        """Finds the files of a log.

        Args:
            pattern: Path, folder or glob pattern of the files.
            weights: Weights that differ from `WEIGHTS`, such as
                "open=0,hide=-2"; None for none.

        Raises:
            UserError: If no file matches, or the weights cannot be read.
        """
        files = tuple(Chunk(path) for path in match_files(pattern))
        return cls(files, {**WEIGHTS, **_parse_weights(weights or "")})

    def chunks(self, table: str) -> tuple[Chunk, ...]:
        """Returns the files of the log, as the chunks of its one table."""
        return self.files

    def blocks(self, table: str, chunk: Chunk) -> list[Block]:
        """Returns the blocks of a large file of the log."""
        return json_lines.blocks(chunk.path)

    def reader(self, table: str) -> None:
        """Returns None, as a source of files."""

    def read(self, table: str, chunk: Chunk) -> Iterator[Row | BadRow]:
        """Reads the JSON objects of a file; the job validates them."""
        return json_lines.read(chunk, None, json.loads)


def _parse_weights(text: str) -> dict[str, float]:
    weights = {}
    for pair in filter(None, text.split(",")):
        name, _, number = pair.partition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if name not in WEIGHTS or not math.isfinite(weight):
            raise UserError(
                "--event_weights must be pairs such as open=0,hide=-2 of "
                f"{', '.join(WEIGHTS)} and a number, got {pair!r}"
            )
        weights[name] = weight
    return weights

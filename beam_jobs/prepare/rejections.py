"""Rejected input rows: reasons, addresses and the file that lists them.

All rows are counted and the first of each reason listed, because choices such
as a minimum of interactions may reject most of a table.
"""

import dataclasses
import fnmatch
import json
import os
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.metrics import Metrics

from atelier.io import files
from atelier.schema import paths
from beam_jobs.prepare.url_secrets import without_secrets
from beam_jobs.prepare.value_problems import text_problem
from beam_jobs.shards import atomic_beam_write
from beam_jobs.sources.fill_rows import WITHOUT_ID
from beam_jobs.sources.type_weights import OTHER_TYPE
from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import EMPTY_ROW
from beam_jobs.tables.row import Address

REJECTED = "rejected"
"""Tag of a step's output of rejections."""
REPEATED = "duplicate_interaction"
OUTSIDE_WINDOW = "outside_time_window"
TOO_LIGHT = "weight_too_low"
NOT_POSITIVE = "weight_not_positive"
NEGATIVE_HELD_OUT = "negative_outside_training"
RETURNED = "returned"
NO_REACTION = "event_without_reaction"
TAKEN_BACK = "reaction_taken_back"
FURTHER_ROW = "further_row_of_item"
VARIANT = "variant_of_item"
USER_TOO_FEW = "user_with_too_few_interactions"
ITEM_TOO_FEW = "item_with_too_few_interactions"
NO_TRAINING = "user_without_training_interactions"
CHOICES = (
    REPEATED,
    OUTSIDE_WINDOW,
    TOO_LIGHT,
    NOT_POSITIVE,
    NEGATIVE_HELD_OUT,
    RETURNED,
    OTHER_TYPE,
    NO_REACTION,
    TAKEN_BACK,
    FURTHER_ROW,
    VARIANT,
    WITHOUT_ID,
    USER_TOO_FEW,
    ITEM_TOO_FEW,
    NO_TRAINING,
    EMPTY_ROW,
)
"""Reasons that follow from the job's options and are not data errors."""
FATAL = (CUT_SHORT,)
"""Reasons that always fail the job: the number of lost rows is unknown."""


LISTED = 1000
"""Rows of a table that are listed for each reason."""
Reason = tuple[str, str]
"""(table, rejection code)."""
Place = tuple[bytes, int, str]
"""(file name, row, detail) of a rejection, in the order of the rows."""


@dataclasses.dataclass(frozen=True)
class Rejection:
    """A rejected input row.

    Attributes:
        table: Name of the table: `items`, `photos`, `interactions` or `events`.
        address: File and row number.
        reason: Rejection code for the counts.
        detail: One sentence about this row.
    """

    table: str
    address: Address
    reason: str
    detail: str

    def to_json(self) -> str:
        """Returns the JSON line for a file of `rejected/`."""
        path, row = self.address
        return json.dumps(
            {
                "table": self.table,
                "file": path,
                "row": row,
                "reason": self.reason,
                "detail": self.detail,
            },
            # Escapes keep a path readable whose bytes are not UTF-8.
            ensure_ascii=text_problem("line", path + self.detail) is not None,
        )

    def keyed(self) -> tuple[Reason, Place]:
        """Returns table and reason, and a sortable value of the rest."""
        path, row = self.address
        return (self.table, self.reason), (os.fsencode(path), row, self.detail)

    def count_key(self) -> tuple[str, str, str]:
        """Returns the key of this rejection's counter in the summary."""
        return ("rejected", self.table, self.reason)


class WriteRejections(beam.PTransform):
    """Writes the first `LISTED` rejections of each table and reason.

    The input is a collection of `Rejection`.

    Args:
        data_dir: Folder of the data set.

    Example:
        rejections | WriteRejections("runs/mine/data")
    """

    def __init__(self, data_dir: str) -> None:
        super().__init__()
        self._data_dir = data_dir

    def expand(self, rejections: beam.PCollection[Rejection]) -> Any:
        """Returns a collection of one None; the file is the result."""
        return (
            rejections
            | "Reason" >> beam.Map(Rejection.keyed)
            | "First rows" >> beam.combiners.Top.SmallestPerKey(LISTED)
            | "Gather" >> beam.combiners.ToList()
            | "Write" >> beam.Map(_write_lines, self._data_dir)
        )


def _write_lines(
    first_rows: list[tuple[Reason, list[Place]]], data_dir: str
) -> None:
    """Writes a file of `rejected/`, sorted by table, file and row."""
    ordered = sorted(
        (table, path, row, reason, detail)
        for (table, reason), places in first_rows
        for path, row, detail in places
    )
    lines = [
        Rejection(table, (os.fsdecode(path), row), reason, detail).to_json()
        for table, path, row, reason, detail in ordered
    ]
    if lines:
        atomic_beam_write(
            paths.join(data_dir, "rejected", "rejected-00000-of-00001.jsonl"),
            "".join(f"{line}\n" for line in lines).encode(),
        )


def example_of(data_dir: str, table: str, reason: str) -> str:
    """Returns the first rejection of a table, to end a sentence with."""
    folder = paths.join(data_dir, "rejected")
    for name in fnmatch.filter(sorted(files.list_names(folder)), "*.jsonl"):
        for row in files.read_bytes(paths.join(folder, name)).splitlines():
            line = json.loads(row)
            if (line["table"], line["reason"]) == (table, reason):
                address = line["file"], line["row"]
                return f", for example {place(address)}: {line['detail']}"
    return ""


def reject(
    table: str, address: Address, reason: str, detail: str
) -> pvalue.TaggedOutput:
    """Returns a rejection for the `REJECTED` output of a step.

    Also increments a Beam counter per table and reason, for the runner's UI.

    Args:
        table: Name of the table: `items`, `photos`, `interactions` or `events`.
        address: File and row number.
        reason: Rejection code for the counts.
        detail: One sentence about this row; secrets of URLs are removed.
    """
    Metrics.counter(f"rejected {table}", reason).inc()
    return pvalue.TaggedOutput(
        REJECTED, Rejection(table, address, reason, without_secrets(detail))
    )


def place(address: Address) -> str:
    """Returns a row's file and number as text, for messages."""
    path, row = address
    return f"{path} row {row}"

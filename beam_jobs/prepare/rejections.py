"""Rows that are left out: why, from where, and in which file to find them."""

import dataclasses
import json
import os
import unicodedata
from collections.abc import Iterable
from typing import Any

from apache_beam import pvalue
from apache_beam.metrics import Metrics

from atelier.schema import paths
from beam_jobs.shards import shard_of_id
from beam_jobs.shards import write_whole
from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import Address

REJECTED = "rejected"
"""Tag of the output that holds a step's rejections."""
REPEATED = "duplicate_interaction"
OUTSIDE_WINDOW = "outside_time_window"
TOO_LIGHT = "weight_too_low"
USER_TOO_FEW = "user_with_too_few_interactions"
ITEM_TOO_FEW = "item_with_too_few_interactions"
NO_TRAINING = "user_without_training_interactions"
CHOICES = (
    REPEATED,
    OUTSIDE_WINDOW,
    TOO_LIGHT,
    USER_TOO_FEW,
    ITEM_TOO_FEW,
    NO_TRAINING,
)
"""Reasons that are a choice of the job and no fault of the data."""
FATAL = (CUT_SHORT,)
"""Reasons that nobody can wave through: it is unknown how much was lost."""


Line = tuple[str, bytes, int, str]
"""A line of JSON, last, and before it what lines are sorted by."""


@dataclasses.dataclass(frozen=True)
class Rejection:
    """An input row that was left out.

    Attributes:
        table: `items`, `photos` or `interactions`.
        address: Where the row is.
        reason: Short code that is counted.
        detail: One sentence about this row.
    """

    table: str
    address: Address
    reason: str
    detail: str

    def to_json(self) -> str:
        """Returns the line that goes to `rejected/`."""
        path, row = self.address
        return json.dumps(
            {
                "table": self.table,
                "file": path,
                "row": row,
                "reason": self.reason,
                "detail": self.detail,
            },
            # A path may hold bytes that are no UTF-8; they stay readable.
            ensure_ascii=text_problem("line", path + self.detail) is not None,
        )

    def keyed(self, num_shards: int) -> tuple[int, Line]:
        """Returns (file of `rejected/`, line and what it is sorted by)."""
        path, row = self.address
        line = self.to_json()
        ordered = (self.table, os.fsencode(path), row, line)
        return shard_of_id(line, num_shards), ordered

    def count_key(self) -> tuple[str, str, str]:
        """Returns the key under which this rejection is counted."""
        return ("rejected", self.table, self.reason)


def write_rejections(
    element: tuple[int, Iterable[Line]], num_shards: int, data_dir: str
) -> None:
    """Writes one file of `rejected/`, in the order of tables and rows."""
    shard, lines = element
    name = f"rejected-{shard:05d}-of-{num_shards:05d}.jsonl"
    write_whole(
        paths.join(data_dir, "rejected", name),
        "".join(f"{line}\n" for *_, line in sorted(lines)).encode(),
    )


def reject(
    table: str, address: Address, reason: str, detail: str
) -> pvalue.TaggedOutput:
    """Sends a rejection to the output of that tag.

    A runner that shows counters shows how many there are of each reason.
    """
    Metrics.counter(f"rejected {table}", reason).inc()
    return pvalue.TaggedOutput(
        REJECTED, Rejection(table, address, reason, detail)
    )


def place(address: Address) -> str:
    """Names a row in a sentence."""
    path, row = address
    return f"{path} row {row}"


def id_problem(name: str, value: Any) -> str | None:
    """Says what is wrong with an id, or None where it is sound.

    Ids become lines of a vocabulary and UTF-8 strings in a request, so they
    may hold anything but control characters and undecodable bytes.

    Args:
        name: What it is, for the sentence.
        value: What the table holds.
    """
    if value is None or value == "":
        return f"the {name} is missing"
    if isinstance(value, bool) or not isinstance(value, str | int):
        return (
            f"the {name} {str(value)[:80]!r} is a {type(value).__name__}; ids "
            "are strings or integers"
        )
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in str(value)):
        # A lost quote can make a CSV field very long.
        return (
            f"the {name} {str(value)[:80]!r} holds control characters or is "
            "no UTF-8"
        )
    return None


def text_problem(name: str, value: str) -> str | None:
    """Says what is wrong with free text, or None where it is sound."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"the {name} {value[:80]!r} is no UTF-8"
    return None

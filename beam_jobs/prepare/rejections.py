"""Rejected input rows: reasons, addresses and the files that list them."""

import dataclasses
import json
import os
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import tensorflow as tf
from apache_beam import pvalue
from apache_beam.metrics import Metrics

from atelier.schema import paths
from beam_jobs.prepare.parse_values import check_rounded
from beam_jobs.prepare.url_secrets import without_secrets
from beam_jobs.shards import atomic_beam_write
from beam_jobs.shards import shard_of_id
from beam_jobs.sources.fill_rows import WITHOUT_ID
from beam_jobs.sources.type_weights import OTHER_TYPE
from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import EMPTY_ROW
from beam_jobs.tables.row import Address

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
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


Line = tuple[str, bytes, int, str]
"""(table, file name, row, JSON line): sort order and content of a line."""


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

    def keyed(self, num_shards: int) -> tuple[int, Line]:
        """Returns (index of the file in `rejected/`, sortable line)."""
        path, row = self.address
        line = self.to_json()
        ordered = (self.table, os.fsencode(path), row, line)
        return shard_of_id(line, num_shards), ordered

    def count_key(self) -> tuple[str, str, str]:
        """Returns the key of this rejection's counter in the summary."""
        return ("rejected", self.table, self.reason)


def write_rejections(
    element: tuple[int, Iterable[Line]], num_shards: int, data_dir: str
) -> None:
    """Writes one file of `rejected/`, sorted by table, file and row."""
    shard, lines = element
    name = f"rejected-{shard:05d}-of-{num_shards:05d}.jsonl"
    atomic_beam_write(
        paths.join(data_dir, "rejected", name),
        "".join(f"{line}\n" for *_, line in sorted(lines)).encode(),
    )


def example_of(data_dir: str, table: str, reason: str) -> str:
    """Returns the first rejection of a table, to end a sentence with."""
    pattern = paths.join(data_dir, "rejected", "*.jsonl")
    for path in sorted(tf.io.gfile.glob(pattern)):
        with tf.io.gfile.GFile(path) as file:
            for line in map(json.loads, file):
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


def id_problem(name: str, value: Any) -> str | None:
    """Returns the problem of an invalid id, None if it is valid.

    Ids become lines of a vocabulary and UTF-8 strings in a request, so they
    must not contain control characters or undecodable bytes.

    Args:
        name: Name of the id in the message.
        value: Value of the table cell.
    """
    if value is None or value == "":
        return f"the {name} is missing"
    if isinstance(value, bool) or not isinstance(value, str | int):
        return (
            f"the {name} {str(value)[:80]!r} is a {type(value).__name__}; ids "
            "are strings or integers"
        )
    try:
        check_rounded(str(value))
    except ValueError as error:
        return f"the {name} {str(value)[:80]!r} is incomplete: {error}"
    if _CONTROL.search(str(value)):
        # Shortened: a missing quote can make a CSV field very long.
        return (
            f"the {name} {str(value)[:80]!r} contains control characters or "
            "is not UTF-8"
        )
    return None


def lookalike_hint(value: str) -> str:
    """Returns why an id may differ from its counterpart, "" if unknown.

    The two tables of a join often come from different programs.
    """
    if value != value.strip():
        return "; it has blanks at an end"
    if value.isdigit():
        return "; one table may have lost leading zeros"
    if value.endswith(".0") and value[:-2].isdigit():
        return "; one table may hold it as a number with decimals"
    if len({unicodedata.normalize(form, value) for form in ("NFC", "NFD")}) > 1:
        return "; one table may hold its accents as letters of their own (NFD)"
    return ""


def text_problem(name: str, value: str) -> str | None:
    """Returns the problem of invalid free text, None if it is valid."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"the {name} {value[:80]!r} is not UTF-8"
    return None

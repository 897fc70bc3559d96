"""Rows that are left out: why, from where, and in which file to find them."""

import dataclasses
import json
import unicodedata
from typing import Any

from beam_jobs.tables import RowAddress

TOO_FEW = "user_with_too_few_interactions"
"""The one reason that is a choice of the job and no fault of the data."""


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
    address: RowAddress
    reason: str
    detail: str

    def to_json(self) -> str:
        """Returns the line that goes to `rejected/`."""
        return json.dumps(
            {
                "table": self.table,
                "file": self.address.path,
                "row": self.address.row,
                "reason": self.reason,
                "detail": self.detail,
            },
            ensure_ascii=False,
        )

    def count_key(self) -> tuple[str, str, str]:
        """Returns the key under which this rejection is counted."""
        return ("rejected", self.table, self.reason)


def id_problem(name: str, value: Any) -> str | None:
    """Says what is wrong with an id, or None where it is sound.

    Ids become lines of a vocabulary and UTF-8 strings in a request, so they
    may hold anything but control characters and undecodable bytes.

    Args:
        name: The column, for the sentence.
        value: What the table holds.
    """
    text = "" if value is None else str(value)
    if not text:
        return f"the {name} is missing"
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        # A lost quote can make a CSV field very long.
        return (
            f"the {name} {text[:80]!r} holds control characters or is no UTF-8"
        )
    return None

"""Checks of a table: readable rows, UTF-8, and names that occur once."""

import re
from collections import Counter
from collections.abc import Collection
from collections.abc import Sequence

from atelier.io.errors import UserError
from beam_jobs.tables.row import EMPTY_ROW
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Row

_MOST_BROKEN = 0.01
"""Highest share of rows that are not UTF-8: `prepare` rejects as many."""
_BROKEN = re.compile("[\ud800-\udfff]")
"""Character that stands for a byte that is not UTF-8."""


class NotUtf8Error(UserError):
    """A table with bytes that are not UTF-8."""


def is_utf8(text: str) -> bool:
    """Returns whether all bytes of a text from a file were UTF-8."""
    return _BROKEN.search(text) is None


def repeated_names(path: str, names: Collection[str]) -> list[str]:
    """Returns a sentence for each name that several columns have.

    Args:
        path: Path of the table.
        names: Names of its columns.
    """
    return [
        f"{path} has {number} columns {name!r}; rename all but one to use it"
        for name, number in Counter(names).items()
        if name and number > 1
    ]


def require_readable(path: str, rows: Sequence[Row | BadRow]) -> None:
    """Requires rows, at least half of which can be read.

    Args:
        path: Path of the table.
        rows: First rows of the table.

    Raises:
        UserError: If there are none, or most of them are bad.
    """
    good = [row for row in rows if isinstance(row, Row)]
    bad = [
        row
        for row in rows
        if isinstance(row, BadRow) and row.reason != EMPTY_ROW
    ]
    if len(bad) > len(good):
        raise UserError(
            f"{path} cannot be read: row {bad[0].address[1]}: {bad[0].detail}"
        )
    if not good:
        raise UserError(f"{path} holds no rows; add rows to it")


def require_utf8(
    path: str, names: Collection[str], rows: Sequence[Row]
) -> None:
    """Requires that the names and nearly all rows are UTF-8.

    Args:
        path: Path of the table.
        names: Names of its columns.
        rows: First rows of the table.

    Raises:
        NotUtf8Error: If they are not.
    """
    lines = [" ".join(map(str, row.values.values())) for row in rows]
    broken = [line for line in lines if not is_utf8(line)]
    header = [name for name in names if not is_utf8(name)]
    if header or len(broken) > _MOST_BROKEN * len(rows):
        text = (*header, *broken)[0].encode("utf-8", "surrogateescape")
        shown = text.decode("utf-8", "replace")[:60]
        raise NotUtf8Error(
            f"{path} is not UTF-8: it holds {shown!r}; save it as UTF-8"
        )

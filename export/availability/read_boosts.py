"""Reads a table of boosts, pins and buries of items."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from atelier.io.errors import UserError
from export.availability.read_columns import read_columns
from export.index.boosts import Boost

_GUARDED = re.compile(r"'+[=+\-@\t\r]")
MAX_BOOST = 100.0
"""Maximum of a boost, in standard deviations of the scores of a user."""


class BoostRow(NamedTuple):
    """Row of a table of boosts.

    Attributes:
        row: Number of the row, 1 for the first one below the header.
        item_id: Item id.
        boost: Boost of the item.
    """

    row: int
    item_id: str
    boost: Boost


def read_boost_table(
    path: str, item_column: str = "item_id", boost_column: str = "boost"
) -> list[BoostRow]:
    """Reads the boosts of a table; the extension determines the format.

    A boost is a number, `pin` or `bury`. Rows without one are skipped. In CSV
    files, the apostrophe before an id like a formula is dropped.

    Args:
        path: Path of a `.csv` or `.parquet` table.
        item_column: Name of the id column.
        boost_column: Name of the column of boosts.

    Returns:
        Boosts, in file order; pinned items in this order have falling ranks.

    Raises:
        UserError: If the file has another extension, cannot be read, lacks a
            column, has an id twice or not where it has a boost, or a boost
            that is something else.
    """
    columns = {"--item_column": item_column, "--boost_column": boost_column}
    rows = read_columns("--boosts", path, columns)
    if path.lower().endswith(".csv"):
        rows = [(without_guard(item_id), text) for item_id, text in rows]
    try:
        return parse_boosts(rows)
    except UserError as error:
        raise UserError(f"--boosts {path}, {error}") from error


def without_guard(text: str) -> str:
    """Drops the apostrophe that keeps spreadsheets from reading a formula.

    Args:
        text: Id as the studio writes it.

    Example:
        without_guard("'=1+1")  # "=1+1"
    """
    return text[1:] if _GUARDED.match(text) else text


def parse_boosts(rows: Iterable[tuple[str, ...]]) -> list[BoostRow]:
    """Parses the rows of a table of boosts; see `read_boost_table`.

    Args:
        rows: Item id and boost of each row, as text.

    Returns:
        Boosts, in the order of the rows.

    Raises:
        UserError: If a row is wrong; its number is the start of the sentence.
    """
    given = [
        (number, item_id, text.strip())
        for number, (item_id, text) in enumerate(rows, start=1)
        if text.strip()
    ]
    row_of: dict[str, int] = {}
    for number, item_id, _ in given:
        if not item_id:
            raise UserError(f"row {number} has no item id; add it")
        first = row_of.setdefault(item_id, number)
        if first != number:
            raise UserError(
                f"row {number}: {item_id!r} is already in row {first}; remove "
                "one of the two"
            )
    return [
        BoostRow(number, item_id, _parse(number, text, len(given) - index))
        for index, (number, item_id, text) in enumerate(given)
    ]


def _parse(number: int, text: str, rank: int) -> Boost:
    """Returns the boost of a row; `rank` is that of a pinned item there."""
    if text.lower() == "pin":
        return Boost(rank=rank)
    if text.lower() == "bury":
        return Boost(rank=-1)
    try:
        amount = float(text)
    except ValueError as error:
        raise UserError(
            f"row {number}: a boost is a number such as 0.5, pin or bury, got "
            f"{text!r}"
        ) from error
    if not abs(amount) <= MAX_BOOST:  # Also true for NaN.
        raise UserError(
            f"row {number}: a boost is from {-MAX_BOOST:g} to {MAX_BOOST:g}, "
            f"got {text!r}; pin or bury goes further"
        )
    return Boost(amount)

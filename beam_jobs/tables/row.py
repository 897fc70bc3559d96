"""What reading a table yields: rows, and rows that could not be read."""

import dataclasses
from typing import Any
from typing import NamedTuple

from atelier.io.parquet import pa

Address = tuple[str, int]
"""A file and the number of a row in it, from 1, the header not counted."""


class Column(NamedTuple):
    """A column of a file.

    Attributes:
        name: Its name.
        type: Its Arrow type: text in CSV, None in JSON, where each value has
            a type of its own.
    """

    name: str
    type: pa.DataType | None


@dataclasses.dataclass(frozen=True, order=True)
class Chunk:
    """A part of a table that one worker reads in one go.

    Attributes:
        path: The file.
        part: Row group of a Parquet file; 0 for the whole of another file.
        first_row: Number of the chunk's first row in its file, from 1.
    """

    path: str
    part: int = 0
    first_row: int = 1


@dataclasses.dataclass(frozen=True)
class Row:
    """A row that was read.

    Attributes:
        address: Where it came from.
        values: The values of the columns that were asked for.
    """

    address: Address
    values: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class BadRow:
    """A row that could not be read.

    Attributes:
        address: Where it came from.
        reason: Short code that is counted: `MALFORMED` or `CUT_SHORT`.
        detail: One sentence about this row.
    """

    address: Address
    reason: str
    detail: str


MALFORMED = "malformed_row"
CUT_SHORT = "file_cut_short"
"""The rest of a file cannot be read; nobody knows how many rows that is."""

"""Records of a table reader: columns, chunks, rows and bad rows."""

import dataclasses
from typing import Any
from typing import NamedTuple

from atelier.io.parquet import pa

Address = tuple[str, int]
"""File path and row number, counted from 1 without the header."""


class Column(NamedTuple):
    """A column of a file.

    Attributes:
        name: Name of the column.
        type: Arrow type of the column: string in CSV; None in JSON, where the
            type can differ by row.
        is_nested: Whether the column is inside records, see `nested`.
    """

    name: str
    type: pa.DataType | None
    is_nested: bool = False


@dataclasses.dataclass(frozen=True, order=True)
class Chunk:
    """A part of a table that a worker reads as a unit.

    Attributes:
        path: Path of the file.
        part: Index of a row group in a Parquet file, of a range of rows in an
            `.npy` file, or of a block of a large text file; 0 for other files,
            which are a single chunk.
        first_row: Row number in the file of the chunk's first row, from 1.
        start: Offset in bytes of a block; 0 for other chunks.
        end: Offset after a block; None for the end of the file.
    """

    path: str
    part: int = 0
    first_row: int = 1
    start: int = 0
    end: int | None = None


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        address: File and number of the row.
        values: Values of the requested columns, by column name.
    """

    address: Address
    values: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class BadRow:
    """A row that could not be read, or that is not wanted.

    Attributes:
        address: File and number of the row.
        reason: Rejection code, such as `MALFORMED` or `CUT_SHORT`.
        detail: One sentence about this row.
    """

    address: Address
    reason: str
    detail: str


MALFORMED = "malformed_row"
EMPTY_ROW = "empty_row"
"""Code for a row of separators only, as spreadsheets leave them at the end."""
CUT_SHORT = "file_cut_short"
"""Code for the unreadable rest of a file, an unknown number of rows."""

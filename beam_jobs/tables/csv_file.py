"""Reader of CSV files."""

import collections
import csv
from collections.abc import Iterator
from typing import Any

from atelier.io.parquet import pa
from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import MALFORMED
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Column
from beam_jobs.tables.row import Row
from beam_jobs.tables.text import READ_ERRORS
from beam_jobs.tables.text import open_text


def inspect(path: str, delimiter: str) -> tuple[list[Column], list[Chunk]]:
    """Returns the columns, all text, and a chunk unless the file is empty.

    Raises:
        OSError, EOFError, zlib.error, ValueError: If the header cannot be
            read.
    """
    with open_text(path) as file:
        rows = _rows(file, delimiter)
        header = next(rows, [])
        if isinstance(header, tuple):
            raise ValueError(f"its header is unreadable, {header[1]}")
        has_rows = next(rows, None) is not None
    columns = [Column(name, pa.string()) for name in header]
    return columns, [Chunk(path)] * has_rows


def read(
    chunk: Chunk, columns: list[str], delimiter: str
) -> Iterator[Row | BadRow]:
    """Reads columns of a file.

    Args:
        chunk: Chunk of the whole file.
        columns: Names of columns in the header.
        delimiter: Field separator, one character.

    Yields:
        The rows in order, without blank lines. Missing fields of a short row
        are None.
    """
    with open_text(chunk.path) as file:
        rows = _rows(file, delimiter)
        header = list(next(rows))
        places = {name: header.index(name) for name in columns}
        for number, fields in enumerate(rows, chunk.first_row):
            address = (chunk.path, number)
            if isinstance(fields, tuple):
                yield BadRow(address, *fields)
            elif len(fields) > len(header):
                yield BadRow(
                    address,
                    MALFORMED,
                    f"it has {len(fields)} fields, the header {len(header)}",
                )
            else:
                yield Row(address, _values(fields, places))


def _rows(file: Any, delimiter: str) -> Iterator[list[str] | tuple[str, str]]:
    """Yields the fields of each row, or (reason, detail) of a bad row.

    An unclosed quote would silently include all rows after it. Strict parsing
    detects it, and only the line of the quote is rejected.
    """
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield MALFORMED, f"invalid CSV: {error}"
            lines.go_back()
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        except READ_ERRORS as error:
            yield CUT_SHORT, f"unreadable from this row on: {error}"
            return
        else:
            lines.forget()
            if fields:
                yield fields


class _Lines:
    """Iterator over the lines of a file that can rewind within a row."""

    def __init__(self, file: Iterator[str]) -> None:
        self._file = file
        self._row: list[str] = []
        self._again: collections.deque[str] = collections.deque()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._file)
        self._row.append(line)
        return line

    def go_back(self) -> None:
        """Rewinds to the second line of the row."""
        self._again.extendleft(reversed(self._row[1:]))
        self._row.clear()

    def forget(self) -> None:
        """Discards the lines kept for rewinding."""
        self._row.clear()


def _values(fields: list[str], places: dict[str, int]) -> dict[str, str | None]:
    return {
        name: fields[place] if place < len(fields) else None
        for name, place in places.items()
    }

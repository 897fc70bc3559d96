"""Reader of CSV files."""

import collections
import csv
import dataclasses
import functools
import itertools
import re
from collections.abc import Iterator
from typing import Any

from atelier.io.parquet import pa
from beam_jobs.tables.blocks import Block
from beam_jobs.tables.blocks import Syntax
from beam_jobs.tables.blocks import blocks_of
from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import EMPTY_ROW
from beam_jobs.tables.row import MALFORMED
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Column
from beam_jobs.tables.row import Row
from beam_jobs.tables.text import READ_ERRORS
from beam_jobs.tables.text import open_text
from beam_jobs.tables.text import utf_8_start

MAX_FIELD_CHARACTERS = 1 << 26
"""Maximum length of a field; a worker reads an unclosed quote this far."""
QUOTES = ("doubled", "backslash", "none")
"""Notations of quotes: doubled inside quotes; after a backslash, as Spark and
MySQL do; or as any other character, as tab-separated files do."""
SEPARATORS = (",", ";", "\t", "|")
"""Field separators that are recognized."""
_HINT = (
    "; if a backslash stands before quotes or separators, set --csv_quotes to "
    "backslash or none"
)


@dataclasses.dataclass(frozen=True)
class Dialect:
    """Format of CSV files.

    Attributes:
        delimiter: Field separator, one character; None for the one of
            `SEPARATORS` that occurs most in the header of each file.
        quotes: One of `QUOTES`. In the last two, a backslash escapes quotes,
            separators, line ends and itself; it stays before other characters.
        encoding: Encoding of bytes that are not UTF-8, such as "cp1252"; None
            for none.

    Example:
        table = open_table("log.csv", {"sku": "--item_column"}, Dialect(";"))
    """

    delimiter: str | None = None
    quotes: str = "doubled"
    encoding: str | None = None

    def of_header(self, header: str, path: str) -> "Dialect":
        """Returns the format with the field separator of a file.

        Args:
            header: First line of the file.
            path: Path of the file; `.tsv` decides between equal counts.
        """
        if self.delimiter:
            return self
        is_tsv = path.lower().removesuffix(".gz").endswith(".tsv")
        usual = "\t" if is_tsv else ","
        unquoted = re.sub('"[^"]*"', "", header)
        # Of equal counts `max` returns the first.
        separator = max((usual, *SEPARATORS), key=unquoted.count)
        return dataclasses.replace(self, delimiter=separator)


def inspect(path: str, dialect: Dialect) -> tuple[list[Column], list[Chunk]]:
    """Returns the columns, all text, and a chunk unless the file is empty.

    Raises:
        OSError, EOFError, zlib.error, ValueError: If the header cannot be
            read.
    """
    with open_text(path, dialect.encoding) as file:
        rows = _rows(file, dialect, path)
        header = next(rows, [])
        if isinstance(header, tuple):
            raise ValueError(f"its header is unreadable, {header[1]}")
        has_rows = next(rows, None) is not None
    columns = [Column(name, pa.string()) for name in header]
    return columns, [Chunk(path)] * has_rows


def read(
    chunk: Chunk, columns: list[str], dialect: Dialect
) -> Iterator[Row | BadRow]:
    """Reads columns of a file, or of a block of it.

    Args:
        chunk: Chunk of the file.
        columns: Names of columns in the header.
        dialect: Format of the file.

    Yields:
        The rows in order, without blank lines. Missing fields of a short row
        are None, and empty fields after the last column are ignored.
    """
    header = None
    if chunk.start:
        header, dialect = _header(chunk.path, dialect)
    with open_text(
        chunk.path, dialect.encoding, chunk.start, chunk.end
    ) as file:
        rows = _rows(file, dialect, chunk.path)
        if header is None:
            header = list(next(rows))
        places = {name: header.index(name) for name in columns}
        for number, fields in enumerate(rows, chunk.first_row):
            address = (chunk.path, number)
            if isinstance(fields, tuple):
                yield BadRow(address, *fields)
                continue
            problem = _problem(fields, len(header))
            if not any(fields):
                yield BadRow(address, EMPTY_ROW, "the row has no values")
            elif problem:
                yield BadRow(address, MALFORMED, problem)
            else:
                yield Row(address, _values(fields, places))


def blocks(path: str, dialect: Dialect) -> list[Block]:
    """Returns the blocks of a large file, none if one worker must read it."""
    return blocks_of(path, functools.partial(_syntax, dialect=dialect))


def _syntax(path: str, dialect: Dialect) -> Syntax | None:
    start = utf_8_start(path)
    if start is None or dialect.quotes == "backslash":
        return None
    _, dialect = _header(path, dialect)
    separator = str(dialect.delimiter)
    if dialect.quotes == "doubled" and not separator.isascii():
        return None
    return Syntax(
        start,
        separator.encode() if dialect.quotes == "doubled" else None,
        max_record_bytes=MAX_FIELD_CHARACTERS,
    )


def _header(path: str, dialect: Dialect) -> tuple[list[str], Dialect]:
    """Returns the header of a file and the format with its separator."""
    with open_text(path, dialect.encoding) as file:
        dialect = dialect.of_header(file.readline(), path)
        file.seek(0)
        return list(next(_rows(file, dialect, path))), dialect


def _problem(fields: list[str], num_columns: int) -> str | None:
    """Returns the problem of a row with another length than the header."""
    if len(fields) == num_columns:
        return None
    # A field that ends so may have been split at an escaped quote.
    split = any(one.endswith("\\") for one in fields)
    if split or any(fields[num_columns:]):
        return (
            f"it has {len(fields)} fields, the header {num_columns}"
            f"{_HINT * split}"
        )
    return None


def _rows(
    file: Any, dialect: Dialect, path: str
) -> Iterator[list[str] | tuple[str, str]]:
    """Yields the fields of each row, or (reason, detail) of a bad row.

    An unclosed quote would silently include all rows after it. Strict parsing
    detects it, and only the line of the quote is rejected.
    """
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    first = file.readline()
    file = itertools.chain([first], file)
    dialect = dialect.of_header(first, path)
    form: dict[str, Any] = {"delimiter": dialect.delimiter, "strict": True}
    escaped = dialect.quotes != "doubled"
    if escaped:
        form["escapechar"] = "\\"
        file = _escape_other_backslashes(file, str(dialect.delimiter))
    if dialect.quotes == "none":
        form["quoting"] = csv.QUOTE_NONE
    lines = _Lines(file)
    reader = csv.reader(lines, **form)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            hint = _HINT * (lines.contain('\\"') and not escaped)
            yield MALFORMED, f"invalid CSV: {error}{hint}"
            lines.go_back()
            reader = csv.reader(lines, **form)
        except READ_ERRORS as error:
            yield CUT_SHORT, f"unreadable from this row on: {error}"
            return
        else:
            lines.forget()
            if fields:
                yield fields


def _escape_other_backslashes(
    lines: Iterator[str], delimiter: str
) -> Iterator[str]:
    r"""Escapes the backslashes that escape nothing, such as that of `\N`."""
    pattern = re.compile(rf'(\\(?:\r\n|[\\"\r\n{re.escape(delimiter)}]))|\\')
    for line in lines:
        yield pattern.sub(
            lambda match: (match[1] or r"\\").replace("\r\n", "\r\\\n"), line
        )


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

    def contain(self, text: str) -> bool:
        """Returns whether a line of the row contains a text."""
        return any(text in line for line in self._row)

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

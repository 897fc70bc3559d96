"""Finds the files of a table, checks them and reads them."""

import dataclasses
import json
import zlib
from collections.abc import Iterator

from apache_beam.io.filesystems import FileSystems

from atelier.io.errors import UserError
from atelier.io.parquet import pa
from beam_jobs.tables import csv_file
from beam_jobs.tables import json_lines
from beam_jobs.tables import parquet_file
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Column
from beam_jobs.tables.row import Row

CSV = (".csv", ".csv.gz")
JSON_LINES = (".jsonl", ".jsonl.gz", ".json", ".json.gz")
PARQUET = (".parquet",)


@dataclasses.dataclass(frozen=True)
class Table:
    """A table that was found and looks sound.

    Attributes:
        pattern: What the user gave.
        chunks: Its parts.
        types: Arrow types of the columns that were asked for: text in CSV,
            None in JSON, where each value has a type of its own.
        delimiter: What separates the fields of CSV.
        parse: Reads a JSON line.
    """

    pattern: str
    chunks: tuple[Chunk, ...]
    types: dict[str, pa.DataType | None]
    delimiter: str
    parse: json_lines.Parse

    def read(self, chunk: Chunk, columns: list[str]) -> Iterator[Row | BadRow]:
        """Reads some columns of a chunk of this table, row by row."""
        if chunk.path.endswith(PARQUET):
            return parquet_file.read(chunk, columns)
        if chunk.path.endswith(JSON_LINES):
            return json_lines.read(chunk, columns, self.parse)
        return csv_file.read(chunk, columns, self.delimiter)


def open_table(
    pattern: str,
    columns: dict[str, str],
    delimiter: str = ",",
    parse: json_lines.Parse = json.loads,
) -> Table:
    """Finds the files of a table and checks them before any job starts.

    Args:
        pattern: A path or glob on any file system that Beam knows.
        columns: The columns needed, each with the flag that names it.
        delimiter: What separates the fields of CSV.
        parse: Reads a JSON line.

    Returns:
        The table.

    Raises:
        UserError: If no file matches, a file is of no known format, lacks a
            column or has it in another type, or the table has no rows.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise UserError(
            f"--delimiter is one character, got {delimiter!r}; in a shell a "
            "tab is --delimiter=$'\\t'"
        )
    chunks: list[Chunk] = []
    types: dict[str, pa.DataType | None] = {}
    for path in match_files(pattern):
        found, file_chunks = _inspect(path, delimiter, parse)
        chunks += file_chunks
        for name, flag in columns.items() if file_chunks else ():
            kind = _column(path, name, found, flag).type
            # A column without any value fits to all others.
            if types.setdefault(name, kind) == pa.null():
                types[name] = kind
            elif kind not in (types[name], pa.null()):
                raise UserError(
                    f"column {name!r} holds {_named(kind)} in {path} and "
                    f"{_named(types[name])} in other files of {pattern}; "
                    "write them with one type"
                )
    if not chunks:
        raise UserError(f"{pattern} holds no rows; give it some")
    return Table(pattern, tuple(chunks), types, delimiter, parse)


def match_files(pattern: str) -> list[str]:
    """Finds the files of a pattern, sorted.

    Raises:
        UserError: If there is none.
    """
    try:
        matches = FileSystems.match([pattern])[0].metadata_list
    except Exception as error:  # Each file system raises its own type.
        raise UserError(f"{pattern} cannot be read: {error}") from error
    if not matches:
        raise UserError(f"{pattern} matches no file; check the path")
    return sorted(match.path for match in matches)


def _inspect(
    path: str, delimiter: str, parse: json_lines.Parse
) -> tuple[list[Column], list[Chunk]]:
    """Returns the columns and the non-empty chunks of a file."""
    try:
        if path.endswith(PARQUET):
            return parquet_file.inspect(path)
        if path.endswith(JSON_LINES):
            return json_lines.inspect(path, parse)
        if path.endswith(CSV):
            columns, chunks = csv_file.inspect(path, delimiter)
            if not columns:
                raise UserError(f"{path} is empty; give a header and rows")
            return columns, chunks
    except (
        OSError,
        EOFError,
        ValueError,
        zlib.error,
        pa.ArrowException,
    ) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    known = ", ".join((*PARQUET, *CSV, *JSON_LINES))
    raise UserError(f"{path} is none of {known}; give a table of those kinds")


def _column(path: str, name: str, found: list[Column], flag: str) -> Column:
    """Returns the one column of a name."""
    named = [column for column in found if column.name == name]
    if len(named) == 1:
        return named[0]
    if named:
        raise UserError(
            f"{path} has {len(named)} columns {name!r}; rename all but one"
        )
    listed = ", ".join(repr(column.name) for column in found) or "none"
    advice = f"name the right one with {flag}"
    if len(found) == 1 and path.endswith(CSV):
        advice += ", or what separates the columns with --delimiter"
    raise UserError(f"{path} has no column {name!r}, it has {listed}; {advice}")


def _named(kind: pa.DataType | None) -> str:
    return "values of any type" if kind is None else str(kind)

"""Table of one or more files, opened by path or glob pattern."""

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
    """A table whose files were found and checked.

    Attributes:
        pattern: Path or glob pattern of the files.
        chunks: Chunks of all files.
        types: Arrow type of each requested column: string in CSV; None in
            JSON, where the type can differ by row.
        delimiter: Field separator of CSV files.
        parse: Parser of a line of a JSON Lines file.

    Example:
        table = open_table("events-*.csv", {"user_id": "--user_column"})
        for chunk in table.chunks:
            rows = list(table.read(chunk, ["user_id"]))
    """

    pattern: str
    chunks: tuple[Chunk, ...]
    types: dict[str, pa.DataType | None]
    delimiter: str
    parse: json_lines.Parse

    def read(self, chunk: Chunk, columns: list[str]) -> Iterator[Row | BadRow]:
        """Yields the rows of a chunk, with the values of some columns."""
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
    """Finds the files of a table and checks them before the job starts.

    Args:
        pattern: Path or glob pattern, on any file system that Beam supports.
        columns: Flag that sets the column, by name of the required column.
        delimiter: Field separator of CSV files.
        parse: Parser of a line of a JSON Lines file.

    Returns:
        The checked table.

    Raises:
        UserError: If no file matches, a file has an unknown format, lacks a
            column or has it with another type than the other files, or if the
            table has no rows.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise UserError(
            "--delimiter must be one character, no quote or line break, got "
            f"{delimiter!r}; in a shell, write a tab as --delimiter=$'\\t'"
        )
    chunks: list[Chunk] = []
    types: dict[str, pa.DataType | None] = {}
    for path in match_files(pattern):
        found, file_chunks = _inspect(path, delimiter, parse)
        chunks += file_chunks
        for name, flag in columns.items() if file_chunks else ():
            kind = _column(path, name, found, flag).type
            # The type of a column without values fits any other type.
            if types.setdefault(name, kind) == pa.null():
                types[name] = kind
            elif kind not in (types[name], pa.null()):
                raise UserError(
                    f"column {name!r} holds {_named(kind)} in {path} and "
                    f"{_named(types[name])} in other files of {pattern}; "
                    "write them with one type"
                )
    if not chunks:
        raise UserError(f"{pattern} holds no rows; add rows to it")
    return Table(pattern, tuple(chunks), types, delimiter, parse)


def match_files(pattern: str) -> list[str]:
    """Returns the files that match a pattern, sorted.

    Raises:
        UserError: If no file matches or the pattern cannot be read.
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
    raise UserError(f"{path} must be one of {known}; convert it to one of them")


def _column(path: str, name: str, found: list[Column], flag: str) -> Column:
    """Returns the column of a name, which must exist once."""
    named = [column for column in found if column.name == name]
    if len(named) == 1:
        return named[0]
    if named:
        raise UserError(
            f"{path} has {len(named)} columns {name!r}; rename all but one"
        )
    listed = ", ".join(repr(column.name) for column in found) or "none"
    advice = f"correct it with {flag}"
    if len(found) == 1 and path.endswith(CSV):
        advice += ", or set the field separator with --delimiter"
    raise UserError(f"{path} has no column {name!r}, it has {listed}; {advice}")


def _named(kind: pa.DataType | None) -> str:
    return "values of any type" if kind is None else str(kind)

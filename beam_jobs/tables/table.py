"""Table of one or more files, opened by path or glob pattern."""

import dataclasses
import json
import os
import shlex
import zlib
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from apache_beam.io.filesystems import FileSystems

from atelier.io.errors import UserError
from atelier.io.parquet import pa
from beam_jobs.tables import bigquery_table
from beam_jobs.tables import csv_file
from beam_jobs.tables import json_lines
from beam_jobs.tables import parquet_file
from beam_jobs.tables.bigquery_table import is_bigquery
from beam_jobs.tables.blocks import Block
from beam_jobs.tables.csv_file import Dialect
from beam_jobs.tables.known_names import similar_column
from beam_jobs.tables.nested import expand
from beam_jobs.tables.nested import parents_of
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Column
from beam_jobs.tables.row import Row
from beam_jobs.tables.text import check_encoding

CSV = (".csv", ".tsv")
JSON_LINES = (".jsonl", ".ndjson", ".json")
PARQUET = (".parquet",)
"""Endings of file names, in any case; the others also with `.gz`."""
_COMMAS = Dialect()


_LISTED = 20
"""Number of columns that an error lists."""


class MissingColumnsError(UserError):
    """Columns that a file lacks, with the similar ones that it has."""


@dataclasses.dataclass(frozen=True)
class Table:
    """A table whose files were found and checked.

    Attributes:
        pattern: Path or glob pattern of the files.
        chunks: Chunks of all files; none of a table of BigQuery.
        column_names: Names of all columns of the first file.
        types: Arrow type of each requested column: string in CSV; None in
            JSON, where the type can differ by row.
        nested: Columns that are inside records.
        dialect: Format of CSV files.
        parse: Parser of a line of a JSON Lines file.

    Example:
        table = open_table("events-*.csv", {"user_id": "--user_column"})
        for chunk in table.chunks:
            rows = list(table.read(chunk, ["user_id"]))
    """

    pattern: str
    chunks: tuple[Chunk, ...]
    column_names: tuple[str, ...]
    types: dict[str, pa.DataType | None]
    nested: frozenset[str]
    dialect: Dialect
    parse: json_lines.Parse

    def read(self, chunk: Chunk, columns: list[str]) -> Iterator[Row | BadRow]:
        """Yields the rows of a chunk, with the values of some columns.

        Of columns inside a list of records, each record is a row.
        """
        rows = self._read(chunk, self.parents(columns))
        return self.expanded(rows, columns)

    def parents(self, columns: list[str]) -> list[str]:
        """Returns the top-level columns that hold some columns."""
        nested = self.nested.intersection(columns)
        return parents_of(columns, nested) if nested else columns

    def expanded(
        self, rows: Iterable[Row | BadRow], columns: list[str]
    ) -> Iterator[Row | BadRow]:
        """Yields the rows of some columns, by rows of their `parents`."""
        nested = self.nested.intersection(columns)
        for row in rows:
            if isinstance(row, Row) and nested:
                yield from expand(row, columns, nested)
            else:
                yield row

    def blocks(self, chunk: Chunk) -> list[Block]:
        """Returns the blocks of the large file of a chunk, none of others."""
        if _ends_with(chunk.path, JSON_LINES):
            return json_lines.blocks(chunk.path)
        if _ends_with(chunk.path, CSV):
            return csv_file.blocks(chunk.path, self.dialect)
        return []

    def _read(self, chunk: Chunk, columns: list[str]) -> Iterator[Row | BadRow]:
        """Reads top-level columns."""
        if _ends_with(chunk.path, JSON_LINES):
            return json_lines.read(chunk, columns, self.parse)
        if _ends_with(chunk.path, CSV):
            return csv_file.read(chunk, columns, self.dialect)
        return parquet_file.read(chunk, columns)


def open_table(
    pattern: str,
    columns: dict[str, str],
    dialect: Dialect = _COMMAS,
    parse: json_lines.Parse = json.loads,
    sparse: Collection[str] = (),
) -> Table:
    """Finds the files of a table and checks them before the job starts.

    Args:
        pattern: Path, folder or glob pattern, see `match_files`, or URI of a
            table of BigQuery.
        columns: Flag that sets the column, by name of the required column.
        dialect: Format of CSV files.
        parse: Parser of a line of a JSON Lines file.
        sparse: Columns that most rows of a JSON Lines file may lack.

    Returns:
        The checked table.

    Raises:
        MissingColumnsError: If a file lacks columns.
        UserError: If no file matches, a file has an unknown format, a column
            twice or with another type than the other files, or if the table
            has no rows.
    """
    _check_dialect(dialect)
    files, chunks = _inspect_all(pattern, dialect, parse)
    if not files:
        raise UserError(f"{pattern} holds no rows; add rows to it")
    _add_sparse(files, set(sparse) & columns.keys(), parse)
    _require_columns(files, columns)
    types = {name: _type(pattern, files, name) for name in columns}
    return Table(
        pattern,
        tuple(chunks),
        tuple(column.name for column in next(iter(files.values()))),
        types,
        frozenset(
            column.name
            for found in files.values()
            for column in found
            if column.is_nested
        ),
        dialect,
        parse,
    )


def _inspect_all(
    pattern: str, dialect: Dialect, parse: json_lines.Parse
) -> tuple[dict[str, list[Column]], list[Chunk]]:
    """Returns the columns by file and the chunks, of files with rows."""
    if is_bigquery(pattern):
        return {pattern: bigquery_table.inspect(pattern)}, []
    files: dict[str, list[Column]] = {}
    chunks: list[Chunk] = []
    for path in match_files(pattern):
        columns, file_chunks = _inspect(path, dialect, parse)
        chunks += file_chunks
        if file_chunks:
            files[path] = columns
    return files, chunks


def _check_dialect(dialect: Dialect) -> None:
    """Raises UserError if the delimiter or the encoding is none."""
    delimiter = dialect.delimiter
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise UserError(
            "--delimiter must be one character, no quote or line break, got "
            f"{delimiter!r}; in a shell, write a tab as --delimiter=$'\\t'"
        )
    if dialect.encoding is not None:
        try:
            check_encoding(dialect.encoding)
        except ValueError as error:
            raise UserError(
                "--csv_encoding must be an encoding such as cp1252, cp1250 or "
                f"mac_roman, got {dialect.encoding!r}: {error}"
            ) from error


def match_files(pattern: str) -> list[str]:
    """Returns the files of a table, sorted.

    Args:
        pattern: Path of a file, which wins over a pattern; glob pattern; or
            folder of parts, where names that begin with `_` or `.` are
            ignored, as Spark and Hive do.

    Raises:
        UserError: If no file matches or the pattern cannot be read.
    """
    try:
        if os.path.isdir(pattern):
            files = _parts(pattern)
        elif FileSystems.exists(pattern):
            files = [pattern]
        else:
            files = _match(pattern)
            if not files and FileSystems.get_scheme(pattern):
                files = _parts(pattern)
    except UserError:
        raise
    except Exception as error:  # Each file system raises its own type.
        raise UserError(f"{pattern} cannot be read: {error}") from error
    if not files:
        raise UserError(f"{pattern} matches no file; check the path")
    return files


def _parts(folder: str) -> list[str]:
    """Returns the files of a folder, on file systems without folders too."""
    folder = folder.rstrip("/")
    if FileSystems.get_scheme(folder):
        paths = _match(f"{folder}/*") + _match(f"{folder}/_delta_log/*")
    else:
        paths = [f"{folder}/{name}" for name in sorted(os.listdir(folder))]
    if any(path.startswith(f"{folder}/_delta_log") for path in paths):
        raise UserError(
            f"{folder} is a Delta table, whose folder also holds replaced "
            "rows; export it as Parquet"
        )
    parts = [
        path
        for path in paths
        if not path.startswith((f"{folder}/_", f"{folder}/."))
    ]
    for path in filter(os.path.isdir, parts):
        raise UserError(
            f"{path} is a folder inside the folder of a table and would be "
            f"left out; give a pattern such as {folder}/*/*.parquet"
        )
    return parts


def _match(pattern: str) -> list[str]:
    is_whole = FileSystems.get_scheme(pattern) or os.path.isabs(pattern)
    start = "" if is_whole else "./"  # Beam lists no folder for `*.csv`.
    matches = FileSystems.match([f"{start}{pattern}"])[0].metadata_list
    return sorted(match.path.removeprefix(start) for match in matches)


def _ends_with(path: str, endings: tuple[str, ...]) -> bool:
    return path.lower().removesuffix(".gz").endswith(endings)


def _inspect(
    path: str, dialect: Dialect, parse: json_lines.Parse
) -> tuple[list[Column], list[Chunk]]:
    """Returns the columns and the non-empty chunks of a file."""
    try:
        if _ends_with(path, JSON_LINES):
            return json_lines.inspect(path, parse)
        if _ends_with(path, CSV):
            columns, chunks = csv_file.inspect(path, dialect)
            if not columns:
                raise UserError(f"{path} is empty; give a header and rows")
            return columns, chunks
        if _ends_with(path, PARQUET) or parquet_file.is_parquet(path):
            return parquet_file.inspect(path)
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


def _add_sparse(
    files: dict[str, list[Column]], sparse: set[str], parse: json_lines.Parse
) -> None:
    """Adds to JSON Lines files the sparse columns that any of them has."""
    found = {
        path: columns
        for path, columns in files.items()
        if _ends_with(path, JSON_LINES)
    }
    seen = {column.name for columns in found.values() for column in columns}
    known = sparse - json_lines.missing_keys(list(found), sparse - seen, parse)
    for columns in found.values():
        names = {column.name for column in columns}
        columns += [
            Column(name, None, name.partition(".")[0] in names - {name})
            for name in sorted(known - names)
        ]


def _require_columns(
    files: dict[str, list[Column]], columns: Mapping[str, str]
) -> None:
    """Requires that each file has each column once."""
    for path, found in files.items():
        names = [column.name for column in found]
        missing = {
            name: flag for name, flag in columns.items() if name not in names
        }
        if missing:
            raise MissingColumnsError(_missing_columns(path, names, missing))
        for name in columns:
            if names.count(name) > 1:
                raise UserError(
                    f"{path} has {names.count(name)} columns {name!r}; rename "
                    "all but one"
                )


def _missing_columns(
    path: str, names: list[str], missing: Mapping[str, str]
) -> str:
    """Returns the sentence on the columns that a file lacks."""
    more = len(names) - _LISTED
    listed = ", ".join(map(repr, names[:_LISTED])) or "none"
    rest = f" and {more} more" if more > 0 else ""
    flags = ", ".join(
        dict.fromkeys(
            _corrected(flag, similar_column(name, flag, names))
            for name, flag in missing.items()
        )
    )
    absent, it = ("columns", "them") if len(missing) > 1 else ("column", "it")
    advice = f"correct {it} with {flags}"
    if len(names) == 1 and _ends_with(path, CSV):
        advice += ", or set the field separator with --delimiter"
    return (
        f"{path} has no {absent} {', '.join(map(repr, missing))}, it has "
        f"{listed}{rest}; {advice}"
    )


def _corrected(flag: str, column: str | None) -> str:
    """Returns a flag with the column that it may mean."""
    return flag if column is None else f"{flag}={shlex.quote(column)}"


def _type(
    pattern: str, files: dict[str, list[Column]], name: str
) -> pa.DataType | None:
    """Returns the type of a column, which must be the same in all files."""
    kind = pa.null()
    for path, found in files.items():
        file_kind = next(one.type for one in found if one.name == name)
        # The type of a column without values fits any other type.
        if kind == pa.null():
            kind = file_kind
        elif file_kind not in (kind, pa.null()):
            raise UserError(
                f"column {name!r} holds {_named(file_kind)} in {path} and "
                f"{_named(kind)} in other files of {pattern}; "
                "write them with one type"
            )
    return kind


def _named(kind: pa.DataType | None) -> str:
    return "values of any type" if kind is None else str(kind)

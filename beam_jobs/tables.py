"""Reads Parquet and CSV tables, row by row, each row with its address."""

import csv
import dataclasses
import io
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from records.errors import UserError

_BATCH_ROWS = 256


@dataclasses.dataclass(frozen=True, order=True)
class Chunk:
    """A part of a table that one worker reads in one go.

    Attributes:
        path: The file.
        row_group: Row group of a Parquet file; 0 for the whole of a CSV file.
        first_row: Number of the chunk's first row in its file, from 1.
    """

    path: str
    row_group: int
    first_row: int


@dataclasses.dataclass(frozen=True, order=True)
class RowAddress:
    """Where a row came from.

    Attributes:
        path: The file.
        row: Number of the row in the file, from 1, the header not counted.
    """

    path: str
    row: int


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        address: Where it came from.
        chunk: The part of the table that holds it.
        values: The values of the columns that were asked for.
    """

    address: RowAddress
    chunk: Chunk
    values: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table that was found and looks sound.

    Attributes:
        pattern: What the user gave.
        chunks: Its parts.
        types: Column names and their Arrow types; all text for CSV.
    """

    pattern: str
    chunks: tuple[Chunk, ...]
    types: dict[str, pa.DataType]


def open_table(pattern: str, columns: dict[str, str]) -> Table:
    """Finds the files of a table and checks them before any job starts.

    Args:
        pattern: A path or glob on any file system that Beam knows.
        columns: The columns needed, each with the flag that names it.

    Returns:
        The table.

    Raises:
        UserError: If no file matches, a file is neither Parquet nor CSV,
            lacks a column, or the table has no rows.
    """
    try:
        matches = FileSystems.match([pattern])[0].metadata_list
    except Exception as error:  # Each file system raises its own type.
        raise UserError(f"{pattern} cannot be read: {error}") from error
    paths = sorted(match.path for match in matches)
    if not paths:
        raise UserError(f"{pattern} matches no file; check the path")
    chunks: list[Chunk] = []
    types: dict[str, pa.DataType] = {}
    for path in paths:
        try:
            file_types, file_chunks = _inspect(path)
        except (OSError, csv.Error, pa.ArrowException) as error:
            raise UserError(f"{path} cannot be read: {error}") from error
        missing = [name for name in columns if name not in file_types]
        if missing:
            raise UserError(
                f"{path} has no column {missing[0]!r}, it has "
                f"{', '.join(map(repr, file_types)) or 'none'}; name the "
                f"right one with {columns[missing[0]]}"
            )
        types = file_types
        chunks += file_chunks
    if not chunks:
        raise UserError(f"{pattern} has a header but no rows; give it some")
    return Table(pattern, tuple(chunks), types)


def read_chunk(chunk: Chunk, columns: list[str]) -> Iterator[Row]:
    """Reads some columns of a chunk.

    Args:
        chunk: The part to read.
        columns: Names of columns that the table has.

    Yields:
        The rows, in order.
    """
    if _is_parquet(chunk.path):
        rows = _read_row_group(chunk, columns)
    else:
        rows = _read_csv(chunk.path, columns)
    for number, values in enumerate(rows, start=chunk.first_row):
        yield Row(RowAddress(chunk.path, number), chunk, values)


class ReadRows(beam.PTransform):
    """Reads some columns of a table, its chunks in parallel."""

    def __init__(self, table: Table, columns: list[str]) -> None:
        super().__init__()
        self._chunks = table.chunks
        self._columns = columns

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection[Row]:
        """Returns a collection of `Row`."""
        return (
            pipeline
            | "Chunks" >> beam.Create(self._chunks)
            | "Spread" >> beam.Reshuffle()
            | "Read" >> beam.FlatMap(read_chunk, self._columns)
        )


def _inspect(path: str) -> tuple[dict[str, pa.DataType], list[Chunk]]:
    """Returns the columns and the non-empty chunks of a file."""
    if not _is_parquet(path):
        return _inspect_csv(path)
    with _open(path) as file:
        parquet = pq.ParquetFile(file)
        schema = parquet.schema_arrow
        sizes = [
            parquet.metadata.row_group(index).num_rows
            for index in range(parquet.num_row_groups)
        ]
    chunks = []
    first_row = 1
    for index, size in enumerate(sizes):
        if size:
            chunks.append(Chunk(path, index, first_row))
        first_row += size
    return dict(zip(schema.names, schema.types, strict=True)), chunks


def _inspect_csv(path: str) -> tuple[dict[str, pa.DataType], list[Chunk]]:
    if not path.endswith(".csv"):
        raise UserError(
            f"{path} is neither .parquet nor .csv; give a table of those kinds"
        )
    with _open_text(path) as file:
        reader = csv.DictReader(file, strict=True)
        names = list(reader.fieldnames or [])
        has_rows = next(_rows_of(reader), None) is not None
    if not names:
        raise UserError(f"{path} is empty; give a header and rows")
    chunks = [Chunk(path, 0, 1)] if has_rows else []
    return {name: pa.string() for name in names}, chunks


def _read_row_group(
    chunk: Chunk, columns: list[str]
) -> Iterator[dict[str, Any]]:
    # In batches: many writers put all photos of a shop into one row group.
    with _open(chunk.path) as file:
        for batch in pq.ParquetFile(file).iter_batches(
            _BATCH_ROWS, row_groups=[chunk.row_group], columns=columns
        ):
            yield from batch.to_pylist()


def _read_csv(path: str, columns: list[str]) -> Iterator[dict[str, Any]]:
    with _open_text(path) as file:
        for values in _rows_of(csv.DictReader(file, strict=True)):
            yield {name: values.get(name) for name in columns}


def _rows_of(reader: csv.DictReader) -> Iterator[dict[str, Any]]:
    """Yields the rows; a malformed one without values, to be rejected.

    A quote that is never closed would swallow all rows after it in silence;
    strict parsing finds it, and goes on with the next line.
    """
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield {}


def _is_parquet(path: str) -> bool:
    return path.endswith(".parquet")


def _open(path: str) -> Any:
    return FileSystems.open(
        path, compression_type=CompressionTypes.UNCOMPRESSED
    )


def _open_text(path: str) -> io.TextIOWrapper:
    # Spreadsheets put a byte order mark first; utf-8-sig drops it. Bytes that
    # are no UTF-8 stay visible as surrogates, so that one bad row is rejected
    # with its number instead of ending the job.
    return io.TextIOWrapper(
        _open(path),
        encoding="utf-8-sig",
        errors="surrogateescape",
        newline="",
    )

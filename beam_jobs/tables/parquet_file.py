"""Reader of Parquet files, with one chunk per row group."""

from collections.abc import Iterator
from typing import Any

from atelier.io.parquet import open_parquet
from atelier.io.parquet import pa
from beam_jobs.tables.nested import fields_of
from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import MALFORMED
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Column
from beam_jobs.tables.row import Row
from beam_jobs.tables.text import open_bytes

_BATCH_ROWS = 256
_PLAIN = {
    "large_string": pa.string(),
    "string_view": pa.string(),
    "large_binary": pa.binary(),
    "binary_view": pa.binary(),
}
"""Plain types of Arrow types that differ only in memory layout."""


def is_parquet(path: str) -> bool:
    """Returns whether a file is Parquet; Hive and Impala add no extension."""
    with open_bytes(path) as file:
        return bool(file.read(4) == b"PAR1")


def inspect(path: str) -> tuple[list[Column], list[Chunk]]:
    """Returns the columns and a chunk for each non-empty row group.

    Raises:
        OSError, pa.ArrowException: If the file cannot be read.
    """
    with open_bytes(path) as file:
        parquet = open_parquet(file)
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
    return list(_columns(schema)), chunks


def read(chunk: Chunk, columns: list[str]) -> Iterator[Row | BadRow]:
    """Reads columns of a row group.

    Args:
        chunk: Chunk of the row group.
        columns: Names of columns in the file.

    Yields:
        The rows, in order.
    """
    number = chunk.first_row
    try:
        # Batches, since many writers put all images into one row group.
        with open_bytes(chunk.path) as file:
            for batch in open_parquet(file).iter_batches(
                _BATCH_ROWS, row_groups=[chunk.part], columns=columns
            ):
                yield from _rows(batch, chunk.path, number)
                number += batch.num_rows
    except (OSError, pa.ArrowException) as error:
        detail = f"row group {chunk.part} is unreadable from here: {error}"
        yield BadRow((chunk.path, number), CUT_SHORT, detail)


def _columns(schema: pa.Schema) -> Iterator[Column]:
    """Yields the columns, with those inside records after them."""
    for column in schema:
        kind = _plain(column.type)
        yield Column(column.name, kind)
        for path, inner in fields_of(kind):
            yield Column(f"{column.name}.{path}", _plain(inner), True)


def _rows(
    batch: pa.RecordBatch, path: str, first: int
) -> Iterator[Row | BadRow]:
    try:
        rows = _to_python(batch)
    except (ValueError, OverflowError):  # Invalid UTF-8 or year 10000.
        for index in range(batch.num_rows):
            yield _row(batch.slice(index, 1), (path, first + index))
        return
    for number, values in enumerate(rows, first):
        yield Row((path, number), values)


def _row(batch: pa.RecordBatch, address: tuple[str, int]) -> Row | BadRow:
    try:
        return Row(address, _to_python(batch)[0])
    except (ValueError, OverflowError) as error:
        return BadRow(address, MALFORMED, f"it cannot be read: {error}")


def _to_python(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    columns = [_plain_column(column) for column in batch.columns]
    plain = pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
    rows: list[dict[str, Any]] = plain.to_pylist()
    return rows


def _plain(kind: pa.DataType) -> pa.DataType:
    """Returns the type of the Python values that `read` yields."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if _holds_image_struct(kind):
        return _plain(kind["bytes"].type)
    if pa.types.is_fixed_size_binary(kind) or _is_byte_list(kind):
        return pa.binary()
    if pa.types.is_decimal(kind) and kind.scale == 0:
        return pa.int64()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz and "UTC")
    return _PLAIN.get(str(kind), kind)


def _plain_column(column: pa.Array) -> pa.Array:
    """Converts a column to a type with plain Python values."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if _holds_image_struct(kind):
        return _plain_column(column.flatten()[kind.get_field_index("bytes")])
    if _is_byte_list(kind):
        validity, offsets, _, data = column.buffers()
        return pa.Array.from_buffers(
            pa.binary() if pa.types.is_list(kind) else pa.large_binary(),
            len(column),
            [validity, offsets, data],
            offset=column.offset,
        )
    if pa.types.is_decimal(kind) and kind.scale == 0:
        try:
            return column.cast(pa.int64())
        except pa.ArrowInvalid:  # Wider integers stay decimals.
            return column
    if pa.types.is_timestamp(kind):
        # Python knows neither nanoseconds nor every name of a time zone.
        unit = "us" if kind.unit == "ns" else kind.unit
        return column.cast(pa.timestamp(unit, kind.tz and "UTC"), safe=False)
    return column


def _holds_image_struct(kind: pa.DataType) -> bool:
    """Returns whether a type is `struct<bytes, path>`, as of Hugging Face."""
    return pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0


def _is_byte_list(kind: pa.DataType) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return is_list and kind.value_type == pa.uint8()

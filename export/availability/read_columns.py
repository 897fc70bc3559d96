"""Reads text columns of a CSV or Parquet table."""

import csv
import io
from collections.abc import Mapping

import tensorflow as tf

from atelier.io.errors import UserError
from atelier.io.parquet import open_parquet
from atelier.io.parquet import pa


def read_columns(
    source: str, path: str, columns: Mapping[str, str]
) -> list[tuple[str, ...]]:
    """Reads columns of a table; the extension determines the format.

    Args:
        source: Flag of the path, for errors.
        path: Path of a `.csv` or `.parquet` table.
        columns: Name of each column, by the flag that sets it.

    Returns:
        Values of each row as text, "" for a missing one.

    Raises:
        UserError: If the file has another extension, cannot be read, or lacks
            a column.
    """
    with tf.io.gfile.GFile(path, "rb") as file:
        data = file.read()
    name = f"{source} {path}"
    try:
        if path.lower().endswith(".parquet"):
            return _of_parquet(name, data, columns)
        if path.lower().endswith(".csv"):
            return _of_csv(name, data, columns)
    except (UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise UserError(f"{name} cannot be read: {error}") from error
    raise UserError(
        f"{name} must end in .csv or .parquet; convert it to one of these "
        "formats"
    )


def _of_csv(
    name: str, data: bytes, columns: Mapping[str, str]
) -> list[tuple[str, ...]]:
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    rows = csv.DictReader(text, strict=True)
    _check_columns(name, columns, list(rows.fieldnames or []))
    return [
        tuple(row[column] or "" for column in columns.values()) for row in rows
    ]


def _of_parquet(
    name: str, data: bytes, columns: Mapping[str, str]
) -> list[tuple[str, ...]]:
    file = open_parquet(pa.BufferReader(data))
    _check_columns(name, columns, file.schema_arrow.names)
    table = file.read(list(columns.values()))
    values = [table[column].to_pylist() for column in columns.values()]
    return [
        tuple("" if value is None else str(value) for value in row)
        for row in zip(*values, strict=True)
    ]


def _check_columns(
    name: str, columns: Mapping[str, str], header: list[str]
) -> None:
    if not header:
        raise UserError(f"{name} is empty; give a table with a header")
    for flag, column in columns.items():
        if column not in header:
            raise UserError(
                f"{name} has no column {column!r}; name one of "
                f"{', '.join(map(repr, header))} with {flag}"
            )

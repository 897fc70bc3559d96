"""Reads a list of item ids from a text file or a column of a table."""

import csv
import io

import tensorflow as tf

from atelier.io.errors import UserError
from atelier.io.parquet import open_parquet
from atelier.io.parquet import pa


def read_item_list(path: str, column: str) -> list[str]:
    """Reads the item ids of a file; the extension determines the format.

    Args:
        path: Path of a `.txt` file, one id per line, or of a `.csv` or
            `.parquet` table.
        column: Name of the id column of a table.

    Returns:
        Unique item ids, in file order, without empty ones.

    Raises:
        UserError: If the file has another extension, cannot be read, lacks the
            column, or holds no id.
    """
    with tf.io.gfile.GFile(path, "rb") as file:
        data = file.read()
    try:
        name = path.lower()
        if name.endswith(".parquet"):
            ids = _of_parquet(path, data, column)
        elif name.endswith(".csv"):
            ids = _of_csv(path, data, column)
        elif name.endswith(".txt"):
            # Not splitlines: an id may contain other Unicode line separators.
            lines = data.decode("utf-8-sig").split("\n")
            ids = [line.removesuffix("\r") for line in lines]
        else:
            raise UserError(
                f"--items {path} must end in .txt, .csv or .parquet; convert "
                "the list to one of these formats"
            )
    except (UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise UserError(f"--items {path} cannot be read: {error}") from error
    ids = list(filter(None, dict.fromkeys(ids)))
    if not ids:
        raise UserError(
            f"--items {path} holds no id, so nothing would be recommended; "
            "give a list of the items in stock"
        )
    return ids


def _of_csv(path: str, data: bytes, column: str) -> list[str]:
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    rows = csv.DictReader(text, strict=True)
    _check_column(path, column, list(rows.fieldnames or []))
    return [row[column] or "" for row in rows]


def _of_parquet(path: str, data: bytes, column: str) -> list[str]:
    file = open_parquet(pa.BufferReader(data))
    _check_column(path, column, file.schema_arrow.names)
    values = file.read([column])[column]
    return ["" if item is None else str(item) for item in values.to_pylist()]


def _check_column(path: str, column: str, columns: list[str]) -> None:
    if not columns:
        raise UserError(f"--items {path} is empty; give a table with a header")
    if column not in columns:
        raise UserError(
            f"--items {path} has no column {column!r}; name one of "
            f"{', '.join(map(repr, columns))} with --item_column"
        )

"""Reads a list of item ids from a text file or a column of a table."""

import tensorflow as tf

from atelier.io.errors import UserError
from export.availability.read_columns import read_columns


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
    if path.lower().endswith(".txt"):
        ids = _of_text(path)
    elif path.lower().endswith((".csv", ".parquet")):
        rows = read_columns("--items", path, {"--item_column": column})
        ids = [item_id for (item_id,) in rows]
    else:
        raise UserError(
            f"--items {path} must end in .txt, .csv or .parquet; convert "
            "the list to one of these formats"
        )
    ids = list(filter(None, dict.fromkeys(ids)))
    if not ids:
        raise UserError(
            f"--items {path} holds no id, so nothing would be recommended; "
            "give a list of the items in stock"
        )
    return ids


def _of_text(path: str) -> list[str]:
    with tf.io.gfile.GFile(path, "rb") as file:
        data = file.read()
    try:
        # Not splitlines: an id may contain other Unicode line separators.
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise UserError(f"--items {path} cannot be read: {error}") from error
    return [line.removesuffix("\r") for line in lines]

"""Validates request arguments and encodes them as input columns."""

import math
from collections.abc import Sequence
from collections.abc import Sized
from typing import Any

import numpy as np
import numpy.typing as npt


def id_column(name: str, ids: Sequence[str]) -> npt.NDArray[np.object_]:
    """Encodes one id per row.

    Args:
        name: Argument name for the error message.
        ids: Ids, string [batch].

    Returns:
        UTF-8 ids, bytes in an object array [batch].

    Raises:
        ValueError: if there is no row, an id is empty, or `ids` is one string.
    """
    encoded = _encode(name, ids)
    if not encoded:
        raise ValueError(f"{name} must hold at least one row; received none.")
    return np.array(encoded, object)


def id_table(
    name: str, rows: Sequence[Sequence[str]]
) -> npt.NDArray[np.object_]:
    """Encodes any number of ids per row, padded with "" to the longest row.

    Each row also begins with "": when TF Serving batches requests of different
    widths, it pads the narrower ones with their first value.

    Args:
        name: Argument name for the error message.
        rows: Ids of each row, string [batch][any length].

    Returns:
        UTF-8 ids, bytes in an object array [batch, 1 + longest row].

    Raises:
        ValueError: if there is no row, an id is empty, or a row is one string.
    """
    if len(rows) == 0:
        raise ValueError(f"{name} must hold at least one row; received none.")
    encoded = [_encode(name, row) for row in rows]
    width = max(len(row) for row in encoded)
    return np.array(
        [[b"", *row, *[b""] * (width - len(row))] for row in encoded], object
    )


def image_column(images: Sequence[bytes]) -> npt.NDArray[np.object_]:
    """Validates one image file per row.

    Args:
        images: JPEG or PNG files, bytes [batch].

    Returns:
        The same files, bytes in an object array [batch].

    Raises:
        ValueError: if there is no row, or an image is empty or not bytes.
    """
    if len(images) == 0:
        raise ValueError("images must hold at least one row; received none.")
    for row, image in enumerate(images):
        if not isinstance(image, bytes) or not image:
            raise ValueError(
                "images must hold the bytes of JPEG or PNG files; received "
                f"{image[:20]!r} in row {row}."
            )
    return np.array(images, object)


def seed_column(seeds: Sequence[int]) -> npt.NDArray[np.int64]:
    """Validates one random seed per row.

    Args:
        seeds: Seeds, 64-bit integers [batch].

    Returns:
        Seeds, int64 [batch].

    Raises:
        ValueError: if there is no row, or a seed does not fit into 64 bits.
    """
    if len(seeds) == 0:
        raise ValueError("seeds must hold at least one row; received none.")
    for seed in seeds:
        if not -(2**63) <= seed < 2**63:
            raise ValueError(
                f"seeds must be signed 64-bit integers; received {seed}."
            )
    return np.array(seeds, np.int64)


def strength_column(strengths: Sequence[float]) -> npt.NDArray[np.float32]:
    """Validates one edit strength per row.

    Args:
        strengths: Strengths from 0 to 1, float [batch].

    Returns:
        Strengths, float32 [batch].

    Raises:
        ValueError: if there is no row, or a strength is not in [0, 1].
    """
    if len(strengths) == 0:
        raise ValueError("strengths must hold at least one row; received none.")
    for strength in strengths:
        if math.isnan(strength) or not 0 <= strength <= 1:
            raise ValueError(
                f"strengths must be from 0 to 1; received {strength}."
            )
    return np.array(strengths, np.float32)


def text_rows(table: npt.NDArray[Any]) -> list[list[str]]:
    """Decodes a table of ids in a response.

    Args:
        table: UTF-8 ids, bytes in an object array [batch, k].

    Returns:
        Ids, string [batch][k].
    """
    return [[one.decode("utf-8") for one in row] for row in table]


def check_same_length(**columns: Sized) -> None:
    """Checks that all columns have the same number of rows.

    Args:
        **columns: Columns by argument name.

    Raises:
        ValueError: if the lengths of the columns differ.
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        received = " and ".join(f"{n} {name}" for name, n in lengths.items())
        raise ValueError(
            f"All arguments must have the same length; received {received}."
        )


def _encode(name: str, ids: Sequence[str]) -> list[bytes]:
    if isinstance(ids, str):
        raise ValueError(
            f"{name} must be a list of ids; received the string '{ids}'."
        )
    if not all(ids):
        raise ValueError(
            f"{name} must not hold an empty id: it stands for padding."
        )
    return [one.encode("utf-8") for one in ids]

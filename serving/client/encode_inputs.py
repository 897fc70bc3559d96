"""Builds the columns of a request, and refuses what makes no sense."""

import math
from collections.abc import Sequence
from collections.abc import Sized
from typing import Any

import numpy as np
import numpy.typing as npt


def id_column(name: str, ids: Sequence[str]) -> npt.NDArray[np.object_]:
    """Encodes one id per row.

    Args:
        name: The argument's name, for the error.
        ids: [B]

    Returns:
        [B] UTF-8.

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

    Each row begins with a "" too: where TF Serving runs requests of several
    widths together, it pads the narrow ones with their very first value.

    Args:
        name: The argument's name, for the error.
        rows: [B][any number]

    Returns:
        [B, 1 + longest row] UTF-8.

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
    """Checks one image file per row.

    Args:
        images: [B] JPEG or PNG files.

    Returns:
        [B] The same.

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
    """Checks one seed per row.

    Args:
        seeds: [B] Whole numbers of 64 bits.

    Returns:
        [B] int64.

    Raises:
        ValueError: if there is no row, or a seed has more bits.
    """
    if len(seeds) == 0:
        raise ValueError("seeds must hold at least one row; received none.")
    for seed in seeds:
        if not -(2**63) <= seed < 2**63:
            raise ValueError(
                f"seeds must hold whole numbers of 64 bits; received {seed}."
            )
    return np.array(seeds, np.int64)


def strength_column(strengths: Sequence[float]) -> npt.NDArray[np.float32]:
    """Checks one strength per row.

    Args:
        strengths: [B] From 0 to 1.

    Returns:
        [B] float32.

    Raises:
        ValueError: if there is no row, or a strength is outside.
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
    """Decodes a table of ids that a server sent.

    Args:
        table: [B, K] UTF-8.

    Returns:
        [B][K]
    """
    return [[one.decode("utf-8") for one in row] for row in table]


def check_same_length(**columns: Sized) -> None:
    """Refuses columns that do not have one value for each row.

    Args:
        **columns: The columns by argument name.

    Raises:
        ValueError: if their lengths differ.
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        received = " and ".join(f"{n} {name}" for name, n in lengths.items())
        raise ValueError(
            f"Every row needs one value of each argument; received {received}."
        )


def _encode(name: str, ids: Sequence[str]) -> list[bytes]:
    if isinstance(ids, str):
        raise ValueError(
            f"{name} must be a list of ids; received the string '{ids}'."
        )
    if not all(ids):
        raise ValueError(
            f"{name} must not hold an empty id, which means padding."
        )
    return [one.encode("utf-8") for one in ids]

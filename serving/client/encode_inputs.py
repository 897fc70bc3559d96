"""Validates request arguments and encodes them as input columns."""

import math
import numbers
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from atelier.schema.signatures import Signature
from atelier.schema.signatures import Tensor

Column = npt.NDArray[Any]
_NUMBERS: dict[str, tuple[type, str]] = {
    "bool": (bool, "booleans"),
    "int64": (numbers.Integral, "integers"),
    "float32": (numbers.Real, "numbers"),
}
"""Python type of the values of an input, and its name, by dtype."""


def encode_inputs(
    signature: Signature, arguments: Mapping[str, Sequence[Any]]
) -> dict[str, Column]:
    """Encodes the arguments of a call.

    Args:
        signature: Signature to call.
        arguments: Rows of each input, by the name of its argument.

    Returns:
        Input columns by input name, [batch, ...]; text and files are bytes in
        object arrays.

    Raises:
        ValueError: if an argument is missing or unknown, there is no row, the
            numbers of rows differ, or a value is invalid.
    """
    inputs = {
        tensor.argument or tensor.name: tensor for tensor in signature.inputs
    }
    if inputs.keys() != arguments.keys():
        raise ValueError(
            f"{signature.name} takes {', '.join(inputs)}; received "
            f"{', '.join(arguments) or 'nothing'}."
        )
    lengths = {name: len(rows) for name, rows in arguments.items()}
    if len(set(lengths.values())) > 1:
        received = " and ".join(f"{n} {name}" for name, n in lengths.items())
        raise ValueError(
            f"All arguments must have the same length; received {received}."
        )
    if not any(lengths.values()):
        raise ValueError(
            f"{next(iter(lengths))} must hold at least one row; received none."
        )
    return {
        tensor.name: _encode(tensor, name, arguments[name])
        for name, tensor in inputs.items()
    }


def text_rows(table: Column) -> list[list[str]]:
    """Decodes a table of ids in a response.

    Args:
        table: UTF-8 ids, bytes in an object array [batch, k].

    Returns:
        Ids, string [batch][k].
    """
    return [texts(row) for row in table]


def texts(column: Column) -> list[str]:
    """Decodes a column of texts in a response.

    Args:
        column: UTF-8 texts, bytes in an object array [batch].

    Returns:
        Texts, string [batch].
    """
    return [text.decode("utf-8") for text in column]


def _encode(tensor: Tensor, name: str, rows: Sequence[Any]) -> Column:
    if tensor.dtype != "string":
        return _encode_numbers(tensor, name, rows)
    if tensor.name.endswith("_bytes"):
        return _encode_files(name, rows)
    if len(tensor.shape) > 1:
        return _encode_lists(name, rows)
    return np.array(_encode_ids(name, rows, tensor.optional), object)


def _encode_lists(name: str, rows: Sequence[Sequence[str]]) -> Column:
    """Encodes any number of ids per row, padded with "" to the longest row.

    Each row also begins with "": when TF Serving batches requests of different
    widths, it pads the narrower ones with their first value, and fails all of
    them if there is none.
    """
    encoded = [_encode_ids(name, row) for row in rows]
    width = max(len(row) for row in encoded)
    return np.array(
        [[b"", *row, *[b""] * (width - len(row))] for row in encoded], object
    )


def _encode_ids(
    name: str, ids: Sequence[str], optional: bool = False
) -> list[bytes]:
    if isinstance(ids, str):
        raise ValueError(
            f"{name} must be a list of ids; received the string '{ids}'."
        )
    for text in ids:
        if not isinstance(text, str):
            raise ValueError(f"{name} must hold strings; received {text!r}.")
    if not optional and not all(ids):
        raise ValueError(
            f"{name} must not hold an empty id: it stands for padding."
        )
    return [text.encode("utf-8") for text in ids]


def _encode_files(name: str, files: Sequence[bytes]) -> Column:
    for row, file in enumerate(files):
        if not isinstance(file, bytes) or not file:
            raise ValueError(
                f"{name} must hold the bytes of JPEG or PNG files; received "
                f"{repr(file)[:40]} in row {row}."
            )
    return np.array(files, object)


def _encode_numbers(
    tensor: Tensor, name: str, values: Sequence[float]
) -> Column:
    low, high = tensor.bounds or (-math.inf, math.inf)
    number_type, noun = _NUMBERS[tensor.dtype]
    for value in values:
        if not isinstance(value, number_type) or not low <= value <= high:
            limits = f" from {low} to {high}" if tensor.bounds else ""
            raise ValueError(
                f"{name} must be {noun}{limits}; received {value}."
            )
    return np.array(values, tensor.dtype)

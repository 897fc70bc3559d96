"""The values of a tensor in JSON, as TF Serving reads them.

Text and binary are strings to TensorFlow; binary is `{"b64": "..."}`.
"""

import base64
import binascii
import json
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2

from serving.local_server.status_error import invalid_argument

_TYPE_NAMES = {
    dict: "Object",
    list: "Array",
    str: "String",
    int: "Number",
    float: "Number",
}


def shape_of(value: Any) -> list[int]:
    """Returns the lengths of nested lists, as far as the first values say.

    Args:
        value: A value, or lists of them.
    """
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return shape


def flatten(
    value: Any, shape: list[int], dtype: int, level: int = 0
) -> list[Any]:
    """Returns the values of nested lists in one, converted for a tensor.

    Args:
        value: A value, or lists of them.
        shape: Of the tensor.
        dtype: Of the tensor, the number of a TensorFlow type.
        level: How deep `value` lies in lists.

    Raises:
        StatusError: if a list is longer or shorter than the shape says, or a
            value is not of the type.
    """
    if not isinstance(value, list):
        if level != len(shape):
            raise invalid_argument(
                f"JSON Value: {text_of(value)} found at incorrect level: "
                f"{level + 1} in the JSON DOM. Expected at level: {len(shape)}"
            )
        return [_read_value(value, tf.as_dtype(dtype))]
    if level >= len(shape):
        raise invalid_argument(
            f"Encountered list at unexpected level: {level} expected < "
            f"{len(shape)}"
        )
    if len(value) != shape[level]:
        raise invalid_argument(
            f"Encountered list at unexpected size: {len(value)} at level: "
            f"{level} expected size: {shape[level]}"
        )
    return [
        flat for one in value for flat in flatten(one, shape, dtype, level + 1)
    ]


def _read_value(value: Any, dtype: tf.DType) -> Any:
    if dtype == tf.string:
        if isinstance(value, dict):
            return _decode_base64(value)
        if isinstance(value, str):
            return value.encode("utf-8", "surrogateescape")
    elif dtype == tf.bool:
        if isinstance(value, bool):
            return value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if dtype.is_floating:
            return _read_decimal(value, dtype)
        if isinstance(value, int) and dtype.min <= value <= dtype.max:
            return value
    raise invalid_argument(
        f"JSON Value: {text_of(value)} Type: {_type_name(value)} is not of "
        f"expected type: {dtype_name(dtype)}"
    )


def _read_decimal(value: float, dtype: tf.DType) -> float:
    digits = np.finfo(dtype.as_numpy_dtype).nmant + 1
    limit = 2**digits - 1 if isinstance(value, int) else float(dtype.max)
    if abs(value) > limit and abs(value) != float("inf"):
        raise invalid_argument(
            f"Cannot convert JSON value: {text_of(value)} to "
            f"{dtype_name(dtype)} without loss of precision."
        )
    return value


def _decode_base64(value: dict[str, Any]) -> bytes:
    if not _is_base64(value):
        raise invalid_argument(
            f"JSON Value: {text_of(value)} not formatted correctly for base64 "
            "data"
        )
    text = "".join(value["b64"].split()).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid_argument("Unable to base64 decode") from error


def is_object(value: Any) -> bool:
    """Returns whether a value holds others by name, and is not binary.

    Args:
        value: Of JSON.
    """
    return isinstance(value, dict) and not _is_base64(value)


def _is_base64(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and list(value) == ["b64"]
        and isinstance(value["b64"], str)
    )


def dtype_name(dtype: int | tf.DType) -> str:
    """Returns a type of TensorFlow as messages name it.

    Args:
        dtype: The type, or its number.
    """
    name: str = types_pb2.DataType.Name(int(dtype))
    return name.removeprefix("DT_").lower()


def _type_name(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), str(value).replace("None", "Null"))


def text_of(value: Any) -> str:
    """Returns a value as messages quote it.

    Args:
        value: Of JSON.
    """
    return json.dumps(value, indent=4, ensure_ascii=False)

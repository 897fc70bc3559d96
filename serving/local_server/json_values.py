"""Decoding of JSON values to tensor values, as in TF Serving.

Text and binary values both become TensorFlow strings; a binary value is
`{"b64": "..."}`.
"""

import base64
import binascii
import json
from typing import Any

import grpc
import tensorflow as tf
from tensorflow.core.framework import types_pb2

from serving.local_server.status_error import StatusError
from serving.local_server.status_error import invalid_argument

JSON_DTYPES = frozenset(
    {
        *(tf.float32, tf.float64, tf.bool, tf.string, tf.uint32, tf.uint64),
        *(tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8),
    }
)
"""Dtypes that TF Serving reads from JSON and writes to it."""

_MAX_QUOTED_CHARACTERS = 256
_TYPE_NAMES = {
    dict: "Object",
    list: "Array",
    str: "String",
    int: "Number",
    float: "Number",
}


def shape_of(value: Any) -> list[int]:
    """Returns the shape of nested lists, from the first element of each level.

    Args:
        value: JSON value or nested lists of JSON values.
    """
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return shape


def flatten(
    value: Any, shape: list[int], dtype: int, level: int = 0
) -> list[Any]:
    """Flattens nested lists and converts their values to a dtype.

    Args:
        value: JSON value or nested lists of JSON values.
        shape: Shape of the tensor.
        dtype: TensorFlow DataType number of the tensor.
        level: Nesting depth of `value`.

    Returns:
        Values in row-major order.

    Raises:
        StatusError: if the lists do not match the shape, or a value does not
            match the dtype.
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
        flat
        for element in value
        for flat in flatten(element, shape, dtype, level + 1)
    ]


def _read_value(value: Any, dtype: tf.DType) -> Any:
    if dtype not in JSON_DTYPES:
        raise StatusError(
            grpc.StatusCode.UNIMPLEMENTED,
            f"Conversion of JSON Value: {text_of(value)} to type: "
            f"{dtype_name(dtype)}",
        )
    if dtype == tf.string:
        if isinstance(value, dict):
            return _decode_base64(value)
        if isinstance(value, str):
            return _encode_text(value)
    elif dtype == tf.bool:
        if isinstance(value, bool):
            return value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if dtype.is_floating:
            return _read_decimal(value)
        if isinstance(value, int) and dtype.min <= value <= dtype.max:
            return value
    raise invalid_argument(
        f"JSON Value: {text_of(value)} Type: {_type_name(value)} is not of "
        f"expected type: {dtype_name(dtype)}"
    )


def _read_decimal(value: float) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise invalid_argument(
            "JSON Parse error: Number too big to be stored in double."
        ) from error


def _encode_text(value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise invalid_argument(
            "JSON Parse error: The surrogate pair in string is invalid."
        ) from error


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
    """Returns whether a value is a JSON object other than `{"b64": "..."}`.

    Args:
        value: JSON value.
    """
    return isinstance(value, dict) and not _is_base64(value)


def _is_base64(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and list(value) == ["b64"]
        and isinstance(value["b64"], str)
    )


def dtype_name(dtype: int | tf.DType) -> str:
    """Returns the name of a dtype in error messages, such as "int64".

    Args:
        dtype: TensorFlow dtype or its DataType number.
    """
    name: str = types_pb2.DataType.Name(int(dtype))
    return name.removeprefix("DT_").lower()


def _type_name(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), str(value).replace("None", "Null"))


def text_of(value: Any) -> str:
    """Returns the text of a value in error messages, cut if it is long.

    Args:
        value: JSON value.
    """
    text = ""
    for part in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        text += part[: _MAX_QUOTED_CHARACTERS + 1]
        if len(text) > _MAX_QUOTED_CHARACTERS:
            return text[:_MAX_QUOTED_CHARACTERS] + "…"
    return text

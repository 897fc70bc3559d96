"""TF Serving's JSON for tensors: requests in rows or columns, and answers.

    {"instances": [{"user_id": "a"}, {"user_id": "b"}]}    in rows
    {"inputs": {"user_id": ["a", "b"]}}                    in columns

A model with one input needs no names: `{"instances": ["a", "b"]}`. Binary is
`{"b64": "..."}`, and so are answers whose name ends in `_bytes`. What is wrong
is said in TF Serving's words; where the document does not parse at all, the
parser's own words follow "JSON Parse error: ".
"""

import base64
import binascii
import enum
import json
from collections.abc import Mapping
from typing import Any

import grpc
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from serving.status_error import StatusError

Inputs = Mapping[str, meta_graph_pb2.TensorInfo]

_TYPE_NAMES = {
    dict: "Object",
    list: "Array",
    str: "String",
    int: "Number",
    float: "Number",
}


class Form(enum.Enum):
    """How a request holds its tensors; the answer does as well."""

    ROWS = "instances"
    COLUMNS = "inputs"


def parse_document(body: bytes) -> dict[str, Any]:
    """Parses a request.

    Args:
        body: What was sent.

    Raises:
        StatusError: if it is not a JSON object.
    """
    if not body:
        raise _invalid("JSON Parse error: The document is empty")
    try:
        document = json.loads(body)
        if b"\\u" in body:  # Half a character can only come escaped.
            _text(document).encode("utf-8")
    except UnicodeEncodeError as error:
        raise _invalid(
            "JSON Parse error: The surrogate pair in string is invalid."
        ) from error
    except json.JSONDecodeError as error:
        raise _invalid(
            f"JSON Parse error: {error.msg} at offset: {error.pos}"
        ) from error
    except ValueError as error:  # Not UTF-8, or a number of 5,000 digits.
        raise _invalid(f"JSON Parse error: {error}") from error
    if not isinstance(document, dict):
        raise _invalid(f"JSON Value: {_text(document)} Is not object")
    return document


def read_signature_name(document: dict[str, Any]) -> str:
    """Returns the signature that a request names, "" if none.

    Args:
        document: The request.

    Raises:
        StatusError: if the name is not a string.
    """
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise _invalid(
            f"JSON Value: {_text(document)} not formatted correctly. "
            "'signature_name' key must be a string value."
        )
    return name


def read_inputs(
    document: dict[str, Any], expected: Inputs
) -> tuple[dict[str, tensor_pb2.TensorProto], Form]:
    """Reads the tensors of a request.

    Args:
        document: The request.
        expected: The inputs of the signature, by name.

    Returns:
        The tensors by name, and how the request held them.

    Raises:
        StatusError: if they are not what the signature takes.
    """
    given = [form for form in Form if form.value in document]
    if not given:
        raise _invalid("Missing 'inputs' or 'instances' key")
    if len(given) > 1:
        raise _invalid(
            f"JSON Value: {_text(document)} Not formatted correctly expecting "
            "only one of 'inputs' or 'instances' keys to exist "
        )
    (form,) = given
    if form is Form.COLUMNS:
        return _read_columns(document["inputs"], expected), form
    rows = document["instances"]
    if not isinstance(rows, list):
        raise _invalid(
            f"JSON Value: {_text(document)} Excepting 'instances' to be an "
            "list/array"
        )
    if not rows:
        raise _invalid(
            f"JSON Value: {_text(document)} No values in 'instances' array"
        )
    return _read_rows(rows, expected), form


def write_outputs(
    outputs: Mapping[str, tensor_pb2.TensorProto], form: Form
) -> dict[str, Any]:
    """Makes the answer of a request.

    Args:
        outputs: The tensors by name.
        form: How the request held its own.

    Raises:
        StatusError: if there are no rows in an answer that should be in rows.
    """
    columns = {
        name: _write_tensor(name, tf.make_ndarray(tensor))
        for name, tensor in sorted(outputs.items())
    }
    if form is Form.COLUMNS:
        return {"outputs": _unless_single(columns)}
    batch = None
    for name, tensor in sorted(outputs.items()):
        shape = tensor.tensor_shape.dim
        if not shape:
            raise _invalid(f"Tensor name: {name} has no shape information ")
        if batch is not None and batch != shape[0].size:
            raise _invalid(
                f"Tensor name: {name} has inconsistent batch size: "
                f"{shape[0].size} expecting: {batch}"
            )
        batch = shape[0].size
    return {
        "predictions": [
            _unless_single(dict(zip(columns, row, strict=True)))
            for row in zip(*columns.values(), strict=True)
        ]
    }


def _read_rows(
    rows: list[Any], expected: Inputs
) -> dict[str, tensor_pb2.TensorProto]:
    named = _is_object(rows[0])
    if not isinstance(rows[0], dict) and len(expected) > 1:
        raise _invalid(
            "instances is a plain list, but expecting list of objects as "
            "multiple input tensors required as per tensorinfo_map"
        )
    values: dict[str, list[Any]] = {name: [] for name in expected}
    shapes: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        if named and not _is_object(row):
            raise _invalid(
                f"Expecting object but got list at item {number} of input list"
            )
        if not named and _is_object(row):
            raise _invalid(
                f"Expecting value/list but got object at item {number} of "
                "input list"
            )
        for name, value in (
            row.items() if named else [(next(iter(expected)), row)]
        ):
            key = f" key: {name}" if named else ""
            try:
                flat = _read_row_value(name, value, expected, shapes)
            except StatusError as error:
                raise _invalid(
                    f"Failed to process element: {number}{key} of 'instances' "
                    f"list. Error: {error.code.name}: {error.message}"
                ) from error
            values[name] += flat
        if named and set(row) != set(expected):
            raise _invalid(
                f"Failed to process element: {number} of 'instances' list. "
                f"JSON object: {_text(row)} keys must be equal to: "
                f"{','.join(sorted(expected))}"
            )
    return {
        name: _tensor(flat, [len(rows), *shapes[name]], expected[name].dtype)
        for name, flat in values.items()
    }


def _read_row_value(
    name: str, value: Any, expected: Inputs, shapes: dict[str, list[int]]
) -> list[Any]:
    """Returns one row's values of an input; all rows must have one shape."""
    if name not in expected:
        raise _invalid(f"JSON object: does not have named input: {name}")
    shape = _shape(value)
    flat = _flatten(value, shape, expected[name].dtype)
    first = shapes.setdefault(name, shape)
    if np.prod(first, dtype=int) != len(flat):
        raise _invalid(
            f"Expecting tensor size: {np.prod(first, dtype=int)} but got: "
            f"{len(flat)}"
        )
    if shape != first:
        raise _invalid(
            f"Expecting shape [{','.join(map(str, first))}] but got: "
            f"[{','.join(map(str, shape))}]"
        )
    return flat


def _read_columns(
    value: Any, expected: Inputs
) -> dict[str, tensor_pb2.TensorProto]:
    if not _is_object(value):
        if len(expected) > 1:
            raise _invalid(
                "inputs is a plain value/list, but expecting an object as "
                "multiple input tensors required as per tensorinfo_map"
            )
        value = {name: value for name in expected}
    tensors = {}
    for name, info in expected.items():
        if name not in value:
            raise _invalid(f"Missing named input: {name} in 'inputs' object.")
        shape = _shape(value[name])
        flat = _flatten(value[name], shape, info.dtype)
        tensors[name] = _tensor(flat, shape, info.dtype)
    return tensors


def _shape(value: Any) -> list[int]:
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return shape


def _flatten(
    value: Any, shape: list[int], dtype: int, level: int = 0
) -> list[Any]:
    if not isinstance(value, list):
        if level != len(shape):
            raise _invalid(
                f"JSON Value: {_text(value)} found at incorrect level: "
                f"{level + 1} in the JSON DOM. Expected at level: {len(shape)}"
            )
        return [_read_value(value, tf.as_dtype(dtype))]
    if level >= len(shape):
        raise _invalid(
            f"Encountered list at unexpected level: {level} expected < "
            f"{len(shape)}"
        )
    if len(value) != shape[level]:
        raise _invalid(
            f"Encountered list at unexpected size: {len(value)} at level: "
            f"{level} expected size: {shape[level]}"
        )
    return [
        flat for one in value for flat in _flatten(one, shape, dtype, level + 1)
    ]


def _read_value(value: Any, dtype: tf.DType) -> Any:
    if dtype == tf.string:
        if isinstance(value, dict):
            return _decode_base64(value)
        if isinstance(value, str):
            return value.encode("utf-8")
    elif dtype == tf.bool:
        if isinstance(value, bool):
            return value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if dtype.is_floating:
            return _read_decimal(value, dtype)
        if isinstance(value, int) and dtype.min <= value <= dtype.max:
            return value
    raise _invalid(
        f"JSON Value: {_text(value)} Type: {_type_name(value)} is not of "
        f"expected type: {dtype.name.replace('float32', 'float')}"
    )


def _read_decimal(value: float, dtype: tf.DType) -> float:
    digits = np.finfo(dtype.as_numpy_dtype).nmant + 1
    limit = 2**digits - 1 if isinstance(value, int) else dtype.max
    if abs(value) > limit and abs(value) != float("inf"):
        raise _invalid(
            f"Cannot convert JSON value: {_text(value)} to "
            f"{dtype.name.replace('float32', 'float')} without loss of "
            "precision."
        )
    return value


def _decode_base64(value: dict[str, Any]) -> bytes:
    if not _is_base64(value):
        raise _invalid(
            f"JSON Value: {_text(value)} not formatted correctly for base64 "
            "data"
        )
    text = "".join(value["b64"].split()).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid("Unable to base64 decode") from error


def _tensor(
    flat: list[Any], shape: list[int], dtype: int
) -> tensor_pb2.TensorProto:
    return tf.make_tensor_proto(flat, dtype=tf.as_dtype(dtype), shape=shape)


def _write_tensor(name: str, values: npt.NDArray[Any]) -> Any:
    if values.dtype == np.float32:
        # The shortest text that is this number in 32 bits, not in 64.
        return values.astype(str).astype(float).tolist()
    if values.dtype == object:
        write = _write_bytes if name.endswith("_bytes") else _write_text
        return np.vectorize(write, otypes=[object])(values).tolist()
    return values.tolist()


def _write_bytes(value: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(value).decode("ascii")}


def _write_text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _unless_single(columns: dict[str, Any]) -> Any:
    return columns if len(columns) > 1 else next(iter(columns.values()))


def _is_base64(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and list(value) == ["b64"]
        and isinstance(value["b64"], str)
    )


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and not _is_base64(value)


def _type_name(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), str(value).replace("None", "Null"))


def _text(value: Any) -> str:
    return json.dumps(value, indent=4, ensure_ascii=False)


def _invalid(message: str) -> StatusError:
    return StatusError(grpc.StatusCode.INVALID_ARGUMENT, message)

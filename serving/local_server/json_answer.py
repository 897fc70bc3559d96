"""Response encoding in TF Serving's JSON, in the format of the request.

Outputs whose names end in `_bytes` are binary: `{"b64": "..."}`.
"""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from serving.local_server.json_request import Form
from serving.local_server.json_values import JSON_DTYPES
from serving.local_server.json_values import dtype_name
from serving.local_server.status_error import invalid_argument


def write_outputs(
    outputs: Mapping[str, npt.NDArray[Any]], form: Form
) -> dict[str, Any]:
    """Encodes the outputs of a signature as a JSON document.

    Args:
        outputs: Output values by name; bytes are objects.
        form: Format of the request, which the response has too.

    Returns:
        JSON object with `outputs` (columns) or `predictions` (rows).

    Raises:
        StatusError: if a row response has a scalar output or outputs of
            different batch sizes, or JSON cannot represent a dtype.
    """
    columns = {
        name: _write_values(name, values)
        for name, values in sorted(outputs.items())
    }
    if form is Form.COLUMNS:
        return {"outputs": _unless_single(columns)}
    batch = None
    for name, values in sorted(outputs.items()):
        if not values.shape:
            raise invalid_argument(
                f"Tensor name: {name} has no shape information "
            )
        if batch is not None and batch != len(values):
            raise invalid_argument(
                f"Tensor name: {name} has inconsistent batch size: "
                f"{len(values)} expecting: {batch}"
            )
        batch = len(values)
    return {
        "predictions": [
            _unless_single(dict(zip(columns, row, strict=True)))
            for row in zip(*columns.values(), strict=True)
        ]
    }


def _write_values(name: str, values: npt.NDArray[Any]) -> Any:
    dtype = tf.as_dtype(values.dtype)
    if dtype not in JSON_DTYPES:
        raise invalid_argument(
            "Failed to write JSON value for tensor type: "
            f"{dtype_name(dtype.as_datatype_enum)}"
        )
    if values.dtype == np.float32:
        # Six digits where they restore the float32, otherwise nine.
        six, nine = _round(values, 6), _round(values, 9)
        return np.where(six.astype(np.float32) == values, six, nine).tolist()
    if values.dtype == object:
        write = _write_bytes if name.endswith("_bytes") else _write_text
        return np.vectorize(write, otypes=[object])(values).tolist()
    return values.tolist()


def _round(values: npt.NDArray[Any], digits: int) -> npt.NDArray[Any]:
    write = np.vectorize(f"{{:.{digits}g}}".format, otypes=[object])
    return write(values.astype(float)).astype(float)


def _write_bytes(value: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(value).decode("ascii")}


def _write_text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _unless_single(columns: dict[str, Any]) -> Any:
    return columns if len(columns) > 1 else next(iter(columns.values()))

"""Request and response encoding in TF Serving's columnar JSON format."""

import base64
import json
from typing import Any

import numpy as np
import numpy.typing as npt

from serving.client.predict_request import PredictCall


def write_request(call: PredictCall[Any]) -> bytes:
    """Encodes the body of a Predict request.

    Args:
        call: Call to send; inputs whose names end in `_bytes` are encoded
            as base64.

    Returns:
        UTF-8 JSON.
    """
    inputs = {
        name: _to_json(values.tolist(), name.endswith("_bytes"))
        for name, values in call.inputs.items()
    }
    document = {"signature_name": call.signature.name, "inputs": inputs}
    return json.dumps(document).encode("utf-8")


def read_column(values: Any) -> npt.NDArray[Any]:
    """Decodes one output of a response.

    Args:
        values: Parsed JSON value of the output.

    Returns:
        Array as over gRPC: text and binary values are bytes in an object
        array, floats are float32.
    """
    column = np.array(values)
    if column.dtype.kind in "UO":  # Text, or {"b64": ...} objects.
        decode = np.vectorize(_to_bytes, otypes=[object])
        return decode(np.array(values, object))
    return column.astype(np.float32) if column.dtype.kind == "f" else column


def _to_json(value: Any, binary: bool) -> Any:
    if isinstance(value, list):
        return [_to_json(element, binary) for element in value]
    if binary:
        return {"b64": base64.b64encode(value).decode("ascii")}
    return value.decode("utf-8") if isinstance(value, bytes) else value


def _to_bytes(value: str | dict[str, str]) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8")
    return base64.b64decode(value["b64"])

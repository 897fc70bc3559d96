"""Questions and answers in TF Serving's JSON, by columns."""

import base64
import json
from typing import Any

import numpy as np
import numpy.typing as npt

from serving.client.predict_request import PredictCall


def write_request(question: PredictCall[Any]) -> bytes:
    """Writes the body of a request.

    Args:
        question: What is asked; inputs whose names end in `_bytes` are binary.
    """
    inputs = {
        name: _to_json(values.tolist(), name.endswith("_bytes"))
        for name, values in question.inputs.items()
    }
    document = {"signature_name": question.signature, "inputs": inputs}
    return json.dumps(document).encode("utf-8")


def read_column(values: Any) -> npt.NDArray[Any]:
    """Reads one output of an answer.

    Args:
        values: What JSON holds.

    Returns:
        The same as over gRPC: text and binary are bytes, and numbers with a
        point float32.
    """
    column = np.array(values)
    if column.dtype.kind in "UO":  # Text, or binary as objects.
        read = np.vectorize(_to_bytes, otypes=[object])
        return read(np.array(values, object))
    return column.astype(np.float32) if column.dtype.kind == "f" else column


def _to_json(value: Any, binary: bool) -> Any:
    if isinstance(value, list):
        return [_to_json(one, binary) for one in value]
    if binary:
        return {"b64": base64.b64encode(value).decode("ascii")}
    return value.decode("utf-8") if isinstance(value, bytes) else value


def _to_bytes(value: str | dict[str, str]) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8")
    return base64.b64decode(value["b64"])

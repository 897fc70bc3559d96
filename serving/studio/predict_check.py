"""Check of prediction requests against the declared signatures."""

import dataclasses
import itertools
import json
from typing import Any

from starlette.exceptions import HTTPException

from atelier.schema.signatures import IMAGE
from atelier.schema.signatures import SIGNATURES
from atelier.schema.signatures import Signature
from atelier.schema.signatures import Tensor
from serving.studio.image_check import MAX_PIXELS
from serving.studio.image_check import check_image

MAX_VALUES = 20_000
"""Maximum number of lists, objects and commas in a request."""
MAX_ROWS = 256
"""Maximum number of rows of a request."""
MAX_TEXT = 2000
"""Maximum length of a text in characters."""

_TYPES = {
    "string": (str,),
    "float32": (int, float),
    "int64": (int,),
    "bool": (bool,),
}


@dataclasses.dataclass(frozen=True)
class PredictRequest:
    """Checked request.

    Attributes:
        signature: Requested signature.
        body: JSON document, written anew: two parsers may read one text
            differently, such as a name that occurs twice.
    """

    signature: Signature
    body: bytes


def check_predict(model: str, body: bytes) -> PredictRequest:
    """Parses and checks the body of a prediction request.

    Args:
        model: Name of the model, a key of `SIGNATURES`.
        body: `{"signature_name": name, "inputs": {name: rows}}` in UTF-8, as in
            TF Serving's REST API; images are `{"b64": text}`.

    Returns:
        The request, whose inputs are those of its signature, with or without
        the newer ones, with their types and shapes, and whose images are
        harmless.

    Raises:
        HTTPException: If the body is anything else.
    """
    document = parse_object(body)
    name = document.pop("signature_name", "serving_default")
    inputs = document.pop("inputs", None)
    if document or not isinstance(name, str) or not isinstance(inputs, dict):
        raise HTTPException(
            422, "A request holds signature_name and inputs, and nothing else."
        )
    if name not in SIGNATURES[model]:
        raise HTTPException(404, f"The {model} has no signature {name[:80]}.")
    signature = SIGNATURES[model][name]
    _check_inputs(inputs, signature)
    checked = {"signature_name": name, "inputs": inputs}
    return PredictRequest(signature, json.dumps(checked).encode())


def parse_object(body: bytes) -> dict[str, Any]:
    """Parses a JSON object of limited size.

    Args:
        body: Text in UTF-8.

    Raises:
        HTTPException: If it is not JSON, not an object, or has more than
            `MAX_VALUES` values.
    """
    if sum(map(body.count, (b"[", b"{", b","))) > MAX_VALUES:
        raise HTTPException(413, "The request holds too many values.")
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The request is not valid JSON.") from error
    if not isinstance(document, dict):
        raise HTTPException(422, "The request is not a JSON object.")
    return document


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _check_inputs(inputs: dict[str, Any], signature: Signature) -> None:
    names = {tensor.name for tensor in signature.inputs}
    newer = {tensor.name for tensor in signature.inputs if tensor.newer}
    if not names - newer <= set(inputs) <= names:
        raise HTTPException(
            422,
            f"{signature.name} takes the inputs {', '.join(sorted(names))}.",
        )
    lengths = set()
    for tensor in signature.inputs:
        if tensor.name not in inputs:
            continue
        rows = inputs[tensor.name]
        if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_ROWS:
            raise HTTPException(
                422, f"{tensor.name} must be a list of 1 to {MAX_ROWS} rows."
            )
        lengths.add(len(rows))
        if tensor.name == IMAGE.name:
            _check_images(rows)
        else:
            _check_values(rows, tensor)
    if len(lengths) > 1:
        raise HTTPException(422, "All inputs must have the same rows.")


def _check_values(rows: list[Any], tensor: Tensor) -> None:
    if len(tensor.shape) == 1:
        rows = [rows]
    elif not all(isinstance(row, list) for row in rows):
        raise HTTPException(422, f"{tensor.name} must hold one list per row.")
    if len(set(map(len, rows))) > 1:
        raise HTTPException(
            422, f"The lists of {tensor.name} must have the same length."
        )
    for value in itertools.chain.from_iterable(rows):
        # Exact types: true is an int in Python.
        if type(value) not in _TYPES[tensor.dtype]:
            raise HTTPException(
                422, f"{tensor.name} must hold values of type {tensor.dtype}."
            )
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise HTTPException(
                422, f"{tensor.name} may have {MAX_TEXT} characters at most."
            )


def _check_images(rows: list[Any]) -> None:
    pixels = 0
    for row in rows:
        if not isinstance(row, dict) or set(row) != {"b64"}:
            raise HTTPException(422, 'A photo must be {"b64": text}.')
        if not isinstance(row["b64"], str):
            raise HTTPException(422, "The text of b64 must be base64.")
        pixels += check_image(row["b64"])
    if pixels > MAX_PIXELS:
        raise HTTPException(413, "These are too many photos at once.")

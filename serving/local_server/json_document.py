"""JSON parser with the behavior and error messages of RapidJSON."""

import json
import math
from typing import Any

from serving.local_server.json_values import text_of
from serving.local_server.status_error import invalid_argument

# RapidJSON's message for each message of Python's parser. A missing comma has
# two messages; see `_describe`.
_PARSE_ERRORS = {
    "Expecting value": "Invalid value.",
    "Expecting property name": "Missing a name for object member.",
    "Expecting ':'": "Missing a colon after a name of object member.",
    "Extra data": "The document root must not be followed by other values.",
    "Unterminated string": "Missing a closing quotation mark in string.",
    "Invalid \\uXXXX": "Incorrect hex digit after \\u escape in string.",
    "Invalid \\escape": "Invalid escape character in string.",
    "Invalid control": "Invalid escape character in string.",
}


def parse_document(body: bytes) -> dict[str, Any]:
    """Parses the body of a request.

    Args:
        body: UTF-8 JSON.

    Returns:
        Parsed JSON object.

    Raises:
        StatusError: if the body is not a JSON object.
    """
    # TF Serving passes bytes through that are not valid UTF-8.
    text = body.decode("utf-8-sig", "surrogateescape")
    if not text:
        raise invalid_argument("JSON Parse error: The document is empty")
    try:
        document = json.loads(
            text, object_pairs_hook=_read_object, parse_float=_read_float
        )
        if "\\u" in text:  # Only an escape can be an unpaired surrogate.
            text_of(document).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise invalid_argument(
            "JSON Parse error: The surrogate pair in string is invalid."
        ) from error
    except json.JSONDecodeError as error:
        raise invalid_argument(
            f"JSON Parse error: {_describe(error)} at offset: "
            f"{len(text[: error.pos].encode('utf-8', 'surrogateescape'))}"
        ) from error
    except ValueError as error:  # More digits than int() takes, or 1e999.
        raise invalid_argument(
            "JSON Parse error: Number too big to be stored in double."
        ) from error
    if not isinstance(document, dict):
        raise invalid_argument(f"JSON Value: {text_of(document)} Is not object")
    return document


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Builds an object; the first of duplicate names counts."""
    return {**dict(pairs), **dict(reversed(pairs))}


def _read_float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("Too big.")
    return value


def _describe(error: json.JSONDecodeError) -> str:
    for python, rapid_json in _PARSE_ERRORS.items():
        if error.msg.startswith(python):
            return rapid_json
    # A comma is missing. Inside an array, a closing bracket at this position
    # moves the parser's error elsewhere; inside an object, it does not.
    before = error.doc[: error.pos]
    try:
        json.loads(before + "]")
    except json.JSONDecodeError as again:
        if again.pos == error.pos:
            return "Missing a comma or } after an object member."
    return "Missing a comma or ] after an array element."

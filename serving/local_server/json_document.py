"""Parses JSON as RapidJSON does for TF Serving, and says what is wrong."""

import json
import math
from typing import Any

from serving.local_server.json_values import text_of
from serving.local_server.status_error import invalid_argument

# What Python's parser says, and RapidJSON; a missing comma has two texts.
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
    """Parses a request.

    Args:
        body: What was sent.

    Raises:
        StatusError: if it is not a JSON object.
    """
    # Bytes that are not UTF-8 pass through, as in TF Serving.
    text = body.decode("utf-8-sig", "surrogateescape")
    if not text:
        raise invalid_argument("JSON Parse error: The document is empty")
    try:
        document = json.loads(
            text, object_pairs_hook=_read_object, parse_float=_read_float
        )
        if "\\u" in text:  # Half a character can only come escaped.
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
    except ValueError as error:  # A number of 5,000 digits, or 1e999.
        raise invalid_argument(
            "JSON Parse error: Number too big to be stored in double."
        ) from error
    if not isinstance(document, dict):
        raise invalid_argument(f"JSON Value: {text_of(document)} Is not object")
    return document


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Returns an object; of a name that comes twice, the first counts."""
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
    # A comma is missing; if not in a list, a bracket is no help there.
    before = error.doc[: error.pos]
    try:
        json.loads(before + "]")
    except json.JSONDecodeError as again:
        if again.pos == error.pos:
            return "Missing a comma or } after an object member."
    return "Missing a comma or ] after an array element."

"""JSON parser of request bodies, with a limit of nesting."""

import json
import math
import re
from typing import Any

import numpy as np

from serving.local_server.json_values import text_of
from serving.local_server.status_error import invalid_argument

# TensorFlow has at most 254 dimensions. Python's parser, and what reads its
# result, call themselves once per level.
_MAX_LEVELS = 256
# The end quote may be missing; the possessive quantifiers (*+) never go back.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_OTHERS = bytes(set(range(256)) - set(b"[{]}"))


def parse_document(body: bytes) -> dict[str, Any]:
    """Parses the body of a request.

    Args:
        body: UTF-8 JSON.

    Returns:
        Parsed JSON object.

    Raises:
        StatusError: if the body is not a JSON object, or is nested too deeply.
    """
    # TF Serving passes bytes through that are not valid UTF-8.
    text = body.decode("utf-8-sig", "surrogateescape")
    if not text:
        raise invalid_argument("JSON Parse error: The document is empty")
    if _count_levels(body) > _MAX_LEVELS:
        raise invalid_argument(
            f"JSON Parse error: Lists and objects must be nested at most "
            f"{_MAX_LEVELS} deep"
        )
    try:
        document = json.loads(
            text, object_pairs_hook=_read_object, parse_float=_read_float
        )
    except json.JSONDecodeError as error:
        raise invalid_argument(f"JSON Parse error: {error}") from error
    except ValueError as error:  # More digits than int() takes, or 1e999.
        raise invalid_argument(
            "JSON Parse error: Number too big to be stored in double."
        ) from error
    if not isinstance(document, dict):
        raise invalid_argument(f"JSON Value: {text_of(document)} Is not object")
    return document


def _count_levels(body: bytes) -> int:
    """Counts the levels of nesting up to the first syntax error, or more."""
    brackets = _STRING.sub(b"", body).translate(_STEPS, _OTHERS)
    levels = np.cumsum(np.frombuffer(brackets, np.int8), dtype=np.int32)
    return int(levels.max(initial=0))


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Builds an object; the first of duplicate names counts."""
    return {**dict(pairs), **dict(reversed(pairs))}


def _read_float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("Too big.")
    return value

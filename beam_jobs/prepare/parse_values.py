"""Parses the times and weights of interactions from table cells."""

import datetime
import math
import re
from typing import Any

_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_YEAR_10000 = 253_402_300_800


def parse_time(value: Any) -> int | None:
    """Parses a time.

    Args:
        value: Seconds since 1970 as a number or text, an ISO 8601 date or
            time (UTC if it has no time zone), or a Python date or datetime.

    Returns:
        Whole seconds since 1970, rounded down; None if the value is missing.

    Raises:
        ValueError: If the value is not a time of the years 1970 to 9999.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        text = value.strip()
        if _NUMBER.fullmatch(text):
            value = float(text)
        else:
            value = datetime.datetime.fromisoformat(text)
    if isinstance(value, datetime.date):
        value = _seconds(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(
            f"a value of type {type(value).__name__} is not a time"
        )
    if not 0 <= value < _YEAR_10000:
        raise ValueError("it is outside the years 1970 to 9999")
    return math.floor(value)


def parse_weight(value: Any) -> float | None:
    """Parses a weight.

    Args:
        value: Number, or text of a number.

    Returns:
        A finite number; None if the value is missing.

    Raises:
        ValueError: If the value is not a finite number.
    """
    if value is None or value == "":
        return None
    try:
        weight = float(value)
    except (TypeError, OverflowError) as error:
        raise ValueError(
            f"a value of type {type(value).__name__} is not a number"
        ) from error
    if not math.isfinite(weight):
        raise ValueError("it is not finite")
    return weight


def _seconds(date: datetime.date) -> float:
    if not isinstance(date, datetime.datetime):
        date = datetime.datetime.combine(date, datetime.time())
    if date.tzinfo is None:
        date = date.replace(tzinfo=datetime.UTC)
    return date.timestamp()

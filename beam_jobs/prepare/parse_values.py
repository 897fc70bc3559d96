"""Parses the numbers of interactions from table cells."""

import math
import re
from typing import Any

_ROUNDED = re.compile(r"\d(\.\d+)?E\+\d+")
"""A long number as a spreadsheet saves it, with the last digits lost."""


def parse_number(value: Any) -> float | None:
    """Parses a weight or a quantity.

    Args:
        value: Number, or text of a number with a decimal point.

    Returns:
        A finite number; None if the value is missing.

    Raises:
        ValueError: If the value is not a finite number.
    """
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, OverflowError) as error:
        raise ValueError(
            f"a value of type {type(value).__name__} is not a number"
        ) from error
    except ValueError as error:
        raise ValueError(
            "it is not a number; write it with digits and a decimal point"
        ) from error
    if not math.isfinite(number):
        raise ValueError("it is not finite")
    return number


def check_rounded(text: str) -> None:
    """Rejects a number whose last digits a spreadsheet has dropped.

    Raises:
        ValueError: If the text is a number such as `1.61E+12`.
    """
    if _ROUNDED.fullmatch(text):
        raise ValueError(
            "a spreadsheet has rounded this number; format the column as text "
            "before saving"
        )

"""Parses the numbers of interactions and items from table cells."""

import re
from typing import Any

_ROUNDED = re.compile(r"\d(\.\d+)?E\+\d+")
"""A long number as a spreadsheet saves it, with the last digits lost."""
_PRICE = re.compile(
    r"([^\d\s.,+-]{1,4}\.?\s*)?(?P<number>-?\d[\d.,'’\s]*)"
    r"(\s*[^\d\s.,+-]{1,4}\.?)?"
)
"""A number with a currency before or after it, a sign or a code."""
_BLANKS = re.compile(r"[\s'’]")
"""Separators of thousands in France and in Switzerland."""
_AMBIGUOUS = re.compile(r"-?\d{1,3},\d{3}")
_COMMA = re.compile(r"(?<!\\),\s*")
_MAX_FLOAT32 = 3.4028234e38


def parse_number(value: Any) -> float | None:
    """Parses a weight, a quantity or a price.

    Args:
        value: Number, or text of a number with a decimal point.

    Returns:
        A number that is finite in the single precision of the records; None
        if the value is missing.

    Raises:
        ValueError: If the value is not such a number.
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
    if not abs(number) <= _MAX_FLOAT32:  # Also true for NaN.
        raise ValueError("it is not finite, or too large")
    return number


def parse_price(value: Any) -> float | None:
    """Parses a price, which may have a currency and separators of thousands.

    Args:
        value: Number, or text such as `19.90`, `19,90 €` or `USD 1,299.00`.

    Raises:
        ValueError: If the value is not a price, is negative, or has a single
            comma before three digits, which may be either separator.
    """
    if isinstance(value, str):
        match = _PRICE.fullmatch(value.strip())
        value = _with_decimal_point(match["number"]) if match else value
    price = parse_number(value)
    if price is not None and price < 0:
        raise ValueError("it is negative")
    return price


def _with_decimal_point(number: str) -> str:
    """Returns a number without separators of thousands."""
    text = _BLANKS.sub("", number)
    separators = re.sub("[^.,]", "", text)
    if len(set(separators)) == 2:
        thousands, decimal = separators[0], separators[-1]
        return text.replace(thousands, "").replace(decimal, ".")
    if len(separators) > 1:
        return text.replace(separators[0], "")
    if _AMBIGUOUS.fullmatch(text):
        raise ValueError("its comma may separate decimals or thousands")
    return text.replace(",", ".")


def parse_category(text: str) -> str:
    r"""Returns the most specific of the categories that a cell lists.

    Args:
        text: A category; or categories with their paths, separated by commas
            that are not escaped, as WooCommerce exports them.

    Example:
        parse_category("Women, Women > Dresses, Sale")  # "Women > Dresses"
    """
    if " > " not in text:
        return text
    # Of equal depths `max` returns the first.
    return max(_COMMA.split(text), key=lambda one: one.count(" > "))


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

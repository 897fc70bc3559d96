"""Problems of ids and texts in table cells, in words."""

import re
import unicodedata
from typing import Any

from beam_jobs.prepare.parse_values import check_rounded

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def id_problem(name: str, value: Any) -> str | None:
    """Returns the problem of an invalid id, None if it is valid.

    Ids become lines of a vocabulary and UTF-8 strings in a request, so they
    must not contain control characters or undecodable bytes.

    Args:
        name: Name of the id in the message.
        value: Value of the table cell.
    """
    if value is None or value == "":
        return f"the {name} is missing"
    if isinstance(value, bool) or not isinstance(value, str | int):
        return (
            f"the {name} {str(value)[:80]!r} is a {type(value).__name__}; ids "
            "are strings or integers"
        )
    try:
        check_rounded(str(value))
    except ValueError as error:
        return f"the {name} {str(value)[:80]!r} is incomplete: {error}"
    if _CONTROL.search(str(value)):
        # Shortened: a missing quote can make a CSV field very long.
        return (
            f"the {name} {str(value)[:80]!r} contains control characters or "
            "is not UTF-8"
        )
    return None


def lookalike_hint(value: str) -> str:
    """Returns why an id may differ from its counterpart, "" if unknown.

    The two tables of a join often come from different programs.
    """
    if value != value.strip():
        return "; it has blanks at an end"
    if value.isdigit():
        return "; one table may have lost leading zeros"
    if value.endswith(".0") and value[:-2].isdigit():
        return "; one table may hold it as a number with decimals"
    if len({unicodedata.normalize(form, value) for form in ("NFC", "NFD")}) > 1:
        return "; one table may hold its accents as letters of their own (NFD)"
    return ""


def text_problem(name: str, value: str) -> str | None:
    """Returns the problem of invalid free text, None if it is valid."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"the {name} {value[:80]!r} is not UTF-8"
    return None

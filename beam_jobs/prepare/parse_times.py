"""Parses times as databases, programs and spreadsheets write them."""

import contextlib
import datetime
import functools
import math
import re
import zoneinfo
from decimal import Decimal
from typing import Any
from typing import NamedTuple

from beam_jobs.prepare.parse_values import check_rounded

AUTO = "auto"
SPREADSHEET = "spreadsheet"
UNITS = {
    "seconds": 1,
    "milliseconds": 10**3,
    "microseconds": 10**6,
    "nanoseconds": 10**9,
}
"""Units of numeric times since 1970, per second."""
TIME_FORMATS = (AUTO, *UNITS, SPREADSHEET)
"""Names of time formats; a pattern of `strptime` is one as well."""

_ISO = "ISO 8601"
_YEAR_1980 = 315_532_800
_YEAR_2100 = 4_102_444_800
_YEAR_10000 = 253_402_300_800
_TICKS = (624_511_296 * 10**9, 662_380_416 * 10**9)
"""Ticks of .NET (0.1 microseconds since the year 1) of 1980 to 2099."""
_DAYS_TO_1970 = 25_569
"""Number of 1970-01-01 in a spreadsheet, which counts from 1899-12-30."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?(e[+-]?\d{1,3})?", re.IGNORECASE)
_COMPACT = re.compile(r"(19[7-9]|20\d)\d(\d{4}(\d\d(\d\d(\d\d(\d{3})?)?)?)?)?")
"""A year, and up to month and day, hour, minute, second, millisecond."""
_DAY_FIRST = re.compile(r"\d\d?([/.-])(\d\d?|[a-z]{3})\1(\d\d|\d{4})\b.*", re.I)
_TEXT = re.compile(
    r"""
    (?P<date>\d{4}([-/])\d\d?\2\d\d?|\d{8}|\d{4}-?W\d\d(-?\d)?|\d{4}-\d\d)
    ([T ]
        [ ]?(?P<clock>\d\d?:\d\d(:\d\d([.,]\d{1,9})?)?
            |\d\d(\d\d(\d\d([.,]\d{1,9})?)?)?)
        [ ]?(?P<offset>[+-]\d\d(:?\d\d)?)?
    )?
    ([ ]?(?P<utc>Z|UTC|GMT))?
    ([ ]?\[?(?P<zone>[a-z]+(/[\w+-]+)+|UTC|GMT)\]?)?
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Time(NamedTuple):
    """A parsed time.

    Attributes:
        seconds: Whole seconds since 1970, rounded down.
        format: Format that was recognized, as text for the summary.
    """

    seconds: int
    format: str

    @property
    def year(self) -> int:
        """Year of the time, in UTC."""
        return datetime.datetime.fromtimestamp(self.seconds, datetime.UTC).year


def parse_time(value: Any, time_format: str = AUTO) -> Time | None:
    """Parses a time.

    A number is recognized by its range: a date without separators, or
    seconds to nanoseconds of the years 1980 to 2099. The ranges do not
    overlap; a number in none of them is not read.

    Args:
        value: ISO 8601 date or time, also as databases write it (UTC if it has
            no time zone), a number or text of a number, or a Python date or
            datetime.
        time_format: One of `TIME_FORMATS`, or a pattern of `strptime`.

    Returns:
        The time; None if the value is missing (`0000-00-00` in MySQL).

    Raises:
        ValueError: If the value is ambiguous, or not a time of the years 1970
            to 9999 in this format.
    """
    if isinstance(value, datetime.date):
        time = Time(_seconds(value), "dates")
    elif isinstance(value, bool) or not isinstance(
        value, str | int | float | Decimal | None
    ):
        raise ValueError(
            f"a value of type {type(value).__name__} is not a time"
        )
    else:
        text = _text(value)
        if not text or text.startswith("0000-00-00"):
            return None
        if time_format == AUTO:
            time = _detect(text)
        else:
            time = Time(_in_format(text, time_format), time_format)
    if not 0 <= time.seconds < _YEAR_10000:
        raise ValueError("it is outside the years 1970 to 9999")
    return time


def _text(value: str | float | Decimal | None) -> str:
    """Returns the value as text, numbers without an exponent."""
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if not isinstance(value, int) and not math.isfinite(value):
        raise ValueError("it is not finite")
    return f"{Decimal(value):f}"


def _detect(text: str) -> Time:
    if not _NUMBER.fullmatch(text):
        return Time(_of_iso(text), _ISO)
    check_rounded(text)
    number = Decimal(text)
    digits = f"{number:f}".removesuffix(".").removesuffix(".0")
    compact = _of_compact(digits)
    if compact is not None and len(digits) == 10:
        raise ValueError("it may be a date with an hour, or seconds since 1970")
    if compact is not None:
        return Time(compact, _ISO)
    if _TICKS[0] <= number < _TICKS[1]:
        raise ValueError("it may be nanoseconds since 1970, or ticks of .NET")
    for unit, scale in UNITS.items():
        if _YEAR_1980 * scale <= number < _YEAR_2100 * scale:
            return Time(math.floor(number / scale), f"{unit} since 1970")
    raise ValueError(
        "as a number it may be days of a spreadsheet, or a time since 1970 "
        "that is outside 1980 to 2099"
    )


def _of_compact(digits: str) -> int | None:
    """Parses a date without separators, such as 20210301 or 202103010815."""
    if not _COMPACT.fullmatch(digits):
        return None
    date = digits[:8] if len(digits) > 4 else f"{digits}0101"
    clock, milliseconds = digits[8:14] or "00", digits[14:] or "0"
    if milliseconds != "0":
        clock += f".{milliseconds}"
    with contextlib.suppress(ValueError):
        return _seconds(datetime.datetime.fromisoformat(f"{date}T{clock}"))
    return None


@functools.lru_cache(maxsize=4096)  # A log of days repeats a few texts.
def _of_iso(text: str) -> int:
    match = _TEXT.fullmatch(text)
    if match is None:
        if _DAY_FIRST.fullmatch(text):
            raise ValueError("day, month and year may be in any order")
        raise ValueError("it is not an ISO 8601 time")
    date = match["date"].replace("/", "-")
    if "W" not in date.upper() and "-" in date:
        year, month, day = f"{date}-1".split("-")[:3]
        date = f"{year}-{month:0>2}-{day:0>2}"
    clock = match["clock"] or "00"
    if clock[1:2] in ("", ":"):
        clock = f"0{clock}"
    time = datetime.datetime.fromisoformat(
        f"{date}T{clock}{match['offset'] or ''}".upper()
    )
    zone = match["zone"]
    if zone and "/" in zone and not (match["offset"] or match["utc"]):
        try:
            time = time.replace(tzinfo=zoneinfo.ZoneInfo(zone))
        except (KeyError, OSError) as error:
            raise ValueError(f"the time zone {zone!r} is unknown") from error
    return _seconds(time)


def _in_format(text: str, time_format: str) -> int:
    if "%" in time_format:
        return _seconds(datetime.datetime.strptime(text, time_format))
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"it is not a number, the format is {time_format}")
    check_rounded(text)
    number = Decimal(text)
    if abs(number) > _YEAR_10000 * UNITS["nanoseconds"]:
        raise ValueError("it is outside the years 1970 to 9999")
    if time_format == SPREADSHEET:
        # Rounded: a time of day as a binary fraction is not exact.
        return round((number - _DAYS_TO_1970) * 86_400)
    return math.floor(number / UNITS[time_format])


def _seconds(date: datetime.date) -> int:
    if not isinstance(date, datetime.datetime):
        date = datetime.datetime.combine(date, datetime.time())
    if date.tzinfo is None:
        date = date.replace(tzinfo=datetime.UTC)
    return math.floor(date.timestamp())

"""Times as databases, programs and spreadsheets write them."""

import datetime
import decimal
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.prepare.parse_times import TIME_FORMATS
from beam_jobs.prepare.parse_times import UNITS
from beam_jobs.prepare.parse_times import Time
from beam_jobs.prepare.parse_times import parse_time

ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.lists(st.integers()),
    st.from_regex(r"[+-]?[0-9]{1,400}(\.[0-9]*)?(e[0-9]+)?", fullmatch=True),
    st.from_regex(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[T ]?[0-9:]*", fullmatch=True),
)
SUMMER = datetime.timezone(datetime.timedelta(hours=2))
MOMENT = datetime.datetime(2021, 3, 1, 8, 15, 1, tzinfo=datetime.UTC)
DAY = MOMENT.replace(hour=0, minute=0, second=0)
ISO = "ISO 8601"


@pytest.mark.parametrize(
    ("value", "time"),
    [
        # ISO 8601, basic and extended.
        ("2021-03-01", DAY),
        ("20210301", DAY),
        ("2021-03", DAY),
        ("2021-W09-1", DAY),
        ("2021", DAY.replace(month=1)),
        ("202103010815", MOMENT.replace(second=0)),
        ("20210301081501", MOMENT),
        ("20210301081501999", MOMENT),
        ("20210301T081501Z", MOMENT),
        ("2021-03-01T08:15:01,5", MOMENT),
        ("2021-03-01T10:15:01+02", MOMENT),
        # BigQuery, Snowflake, PostgreSQL, Redshift, Spark, Trino, Go, Java.
        ("2021-03-01 08:15:01 UTC", MOMENT),
        ("2021-03-01 08:15:01.123456 UTC", MOMENT),
        ("2021-03-01 08:15:01 Z", MOMENT),
        ("2021-03-01 00:15:01.000 -0800", MOMENT),
        ("2021-03-01 09:15:01+01", MOMENT),
        ("2021-03-01 08:15:01.123456789", MOMENT),
        ("2021-03-01T08:15:01.000+0000", MOMENT),
        ("2021-03-01 03:15:01.000 America/New_York", MOMENT),
        ("2021-03-01 08:15:01 +0000 UTC", MOMENT),
        ("2021-03-01T09:15:01+01:00[Europe/Berlin]", MOMENT),
        # Spreadsheets and MySQL, year first.
        ("2021/3/1", DAY),
        (" 2021-3-1 8:15 ", MOMENT.replace(second=0)),
    ],
)
def test_dates_as_text(value, time):
    assert parse_time(value) == Time(int(time.timestamp()), ISO)


@pytest.mark.parametrize("value", [20210301, 20210301.0, "20210301.0"])
def test_dates_as_numbers(value):
    assert parse_time(value) == Time(int(DAY.timestamp()), ISO)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (1_614_586_501, "seconds"),
        ("1614586501.7", "seconds"),
        ("1.614586501e9", "seconds"),
        (decimal.Decimal("1614586501.00"), "seconds"),
        (1_614_586_501_999.0, "milliseconds"),
        ("1614586501999999", "microseconds"),
        ("1614586501999999999", "nanoseconds"),
    ],
)
def test_numbers_since_1970(value, unit):
    assert parse_time(value) == Time(1_614_586_501, f"{unit} since 1970")


@pytest.mark.parametrize(
    ("value", "time_format", "time"),
    [
        (0, "seconds", 0),
        ("86400000", "milliseconds", 86_400),
        ("44256", "spreadsheet", DAY.timestamp()),
        (44256.34376157407, "spreadsheet", MOMENT.timestamp()),
        ("3/1/2021", "%m/%d/%Y", DAY.timestamp()),
        ("01-MAR-21", "%d-%b-%y", DAY.timestamp()),
        (2021030108, "%Y%m%d%H", DAY.timestamp() + 8 * 3600),
    ],
)
def test_a_stated_format(value, time_format, time):
    assert parse_time(value, time_format) == Time(int(time), time_format)


@pytest.mark.parametrize(
    "value",
    [
        datetime.datetime(2021, 3, 1, 8, 15, 1),
        datetime.datetime(2021, 3, 1, 10, 15, 1, tzinfo=SUMMER),
    ],
)
def test_dates_of_python(value):
    assert parse_time(value) == Time(int(MOMENT.timestamp()), "dates")


@pytest.mark.parametrize("value", [None, "", " ", "0000-00-00 00:00:00"])
@pytest.mark.parametrize("time_format", [*TIME_FORMATS, "%d.%m.%Y"])
def test_missing_times(value, time_format):
    assert parse_time(value, time_format) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("3/1/2021", "any order"),
        ("13.01.2021 08:00", "any order"),
        ("01-MAR-21", "any order"),
        ("44256", "days of a spreadsheet"),
        (44256.5, "days of a spreadsheet"),
        (0, "days of a spreadsheet"),
        ("202103", "days of a spreadsheet"),
        ("20219999", "days of a spreadsheet"),
        ("2021030108", "a date with an hour, or seconds"),
        ("1.61459E+12", "a spreadsheet has rounded"),
        ("637502976000000000", "or ticks of .NET"),
        (10**400, "days of a spreadsheet"),
        ("yesterday", "not an ISO 8601"),
        ("2021-03-01 08:15 PM", "not an ISO 8601"),
        ("2021-03-01 08:15 PST", "not an ISO 8601"),
        ("2021-03-01 08:15 Europe/Nowhere", "'Europe/Nowhere' is unknown"),
        ("2021-02-30", "day is out of range"),
        ("1960-01-01", "outside the years 1970"),
        (math.inf, "not finite"),
        (True, "bool is not a time"),
        (b"1970-01-01", "bytes is not a time"),
        ([1], "list is not a time"),
    ],
)
def test_ambiguous_and_invalid_times(value, problem):
    with pytest.raises(ValueError, match=problem):
        parse_time(value)


@pytest.mark.parametrize(
    ("value", "time_format"),
    [
        ("2021-03-01", "seconds"),
        ("9" * 30, "milliseconds"),
        ("2021-03-01", "%d/%m/%Y"),
        ("1", "spreadsheet"),
    ],
)
def test_a_value_in_another_format(value, time_format):
    with pytest.raises(ValueError):
        parse_time(value, time_format)


@given(
    value=ANY, time_format=st.sampled_from([*TIME_FORMATS, "%Y%m%d", "%d/%m"])
)
def test_any_value(value, time_format):
    try:
        time = parse_time(value, time_format)
    except ValueError:
        return
    assert time is None or 1970 <= time.year <= 9999


@given(
    # Nanoseconds before 1991 may be ticks of .NET.
    st.datetimes(datetime.datetime(1991, 1, 1), datetime.datetime(2099, 12, 31))
)
def test_formats_agree(moment):
    """The same time in every format that states it to the second."""
    moment = moment.replace(microsecond=0, tzinfo=datetime.UTC)
    seconds = int(moment.timestamp())
    texts = [
        moment.isoformat(),
        f"{moment:%Y-%m-%d %H:%M:%S} UTC",
        f"{moment:%Y%m%dT%H%M%SZ}",
        f"{moment:%Y%m%d%H%M%S}",
        *(str(seconds * UNITS[unit]) for unit in list(UNITS)[1:]),
    ]

    assert {parse_time(text).seconds for text in texts} == {seconds}

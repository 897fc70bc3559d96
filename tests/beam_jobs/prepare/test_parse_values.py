"""Times and weights, however a table writes them."""

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.prepare.parse_values import parse_time
from beam_jobs.prepare.parse_values import parse_weight

ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.lists(st.integers()),
    st.from_regex(r"[+-]?[0-9]{1,400}(\.[0-9]*)?", fullmatch=True),
)
UTC = datetime.UTC
SUMMER = datetime.timezone(datetime.timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        (0, 0),
        ("1600000000", 1_600_000_000),
        (" 1600000000.7 ", 1_600_000_000),
        (1.9, 1),
        ("1970-01-02", 86_400),
        ("1970-01-02T00:00:01", 86_401),
        ("1970-01-02T00:00:01Z", 86_401),
        ("1970-01-02 02:00:01+02:00", 86_401),
        (datetime.date(1970, 1, 2), 86_400),
        (datetime.datetime(1970, 1, 2, 0, 0, 1), 86_401),
        (datetime.datetime(1970, 1, 2, 2, 0, 1, tzinfo=SUMMER), 86_401),
    ],
)
def test_times(value, seconds):
    assert parse_time(value) == seconds


@pytest.mark.parametrize(
    "value",
    ["yesterday", "02/01/1970", -1, "1960-01-01", math.nan, math.inf, True]
    + [1_600_000_000_000, b"1970-01-01", [1]],
)
def test_what_is_no_time(value):
    with pytest.raises(ValueError):
        parse_time(value)


@pytest.mark.parametrize(
    ("value", "weight"),
    [(None, None), ("", None), ("4.5", 4.5), (3, 3.0), (True, 1.0)],
)
def test_weights(value, weight):
    assert parse_weight(value) == weight


@pytest.mark.parametrize("value", ["much", "nan", math.inf, b"x", [1], 10**400])
def test_what_is_no_weight(value):
    with pytest.raises(ValueError):
        parse_weight(value)


@given(ANY)
def test_anything_is_read_or_refused(value):
    for parse in (parse_time, parse_weight):
        try:
            found = parse(value)
        except ValueError:
            continue
        assert found is None or math.isfinite(found)

"""Weights and quantities, however a table writes them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.prepare.parse_values import parse_number

ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.lists(st.integers()),
)


@pytest.mark.parametrize(
    ("value", "weight"),
    [(None, None), ("", None), ("4.5", 4.5), (3, 3.0), (True, 1.0)],
)
def test_numbers(value, weight):
    assert parse_number(value) == weight


@pytest.mark.parametrize(
    "value", ["much", "1,5", "nan", math.inf, b"x", [1], 10**400]
)
def test_invalid_numbers(value):
    with pytest.raises(ValueError):
        parse_number(value)


@given(ANY)
def test_any_value(value):
    try:
        parsed = parse_number(value)
    except ValueError:
        return
    assert parsed is None or math.isfinite(parsed)

"""Weights and quantities, however a table writes them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.prepare.parse_values import parse_category
from beam_jobs.prepare.parse_values import parse_number
from beam_jobs.prepare.parse_values import parse_price

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
    "value", ["much", "1-5", "nan", math.inf, b"x", [1], 10**400, 1e39]
)
@pytest.mark.parametrize("parse", [parse_number, parse_price])
def test_invalid_numbers(parse, value):
    with pytest.raises(ValueError):
        parse(value)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("19,90 €", 19.9),
        ("$19.90", 19.9),
        ("19.90 EUR", 19.9),
        ("CHF 1'299.50", 1299.5),
        ("1.299,00 €", 1299),
        ("USD 1,299.00", 1299),
        ("1 299,00 kr.", 1299),
        ("1.299.000", 1299000),
        ("1.299", 1.299),
        ("-0", 0),
    ],
)
def test_prices_as_shops_write_them(text, price):
    assert parse_price(text) == price


@pytest.mark.parametrize("text", ["1,299", "12 to 15", "19,90/5", "€"])
def test_prices_that_may_be_others(text):
    with pytest.raises(ValueError):
        parse_price(text)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Women, Women > Dresses, Sale", "Women > Dresses"),
        ("Women > Dresses, Women > Sale", "Women > Dresses"),
        (r"Women > Hats\, gloves, New", r"Women > Hats\, gloves"),
        ("Hats, gloves", "Hats, gloves"),
        ("", ""),
    ],
)
def test_the_most_specific_category_counts(text, category):
    assert parse_category(text) == category


def test_prices():
    assert [parse_price(value) for value in (None, 0, "9.5")] == [None, 0, 9.5]
    with pytest.raises(ValueError, match="it is negative"):
        parse_price("-1")


@given(ANY)
def test_any_value(value):
    try:
        parsed = parse_number(value)
    except ValueError:
        return
    assert parsed is None or math.isfinite(parsed)

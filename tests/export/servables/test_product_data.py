"""Product data of items, and price ranges against a comparison by hand."""

import math

import numpy as np
import tensorflow as tf

from atelier.schema.item import Item
from atelier.schema.signatures import NO_MAX_PRICE
from export.servables.product_data import ProductData
from export.servables.product_data import without_image

CATALOG = [
    Item("a", b"jpeg", "hat", {"color": "red"}, b"png", "Hat", price=19.99),
    Item("b", b"jpeg", "shoe", {}, url="/b", group_id="g", price=0.0),
    Item("c", b"jpeg", "", {"color": "red"}, description="Two\nlines"),
]


def test_what_the_catalog_says_of_items():
    data = ProductData(CATALOG)(tf.constant([2, 0, 1, -1], tf.int64))

    def texts(name):
        return [text.decode() for text in data[name].numpy()]

    assert texts("title") == ["", "Hat", "", ""]
    assert texts("description") == ["Two\nlines", "", "", ""]
    assert texts("url") == ["", "", "/b", ""]
    assert texts("group_id") == ["", "", "g", ""]
    assert data["price"].numpy().tolist() == [-1, np.float32(19.99), 0, -1]
    assert data["attributes"].numpy().tolist() == [
        [b"color=red"],
        [b"color=red"],
        [b""],
        [b""],
    ]


def test_price_ranges_and_filters():
    rows = [
        ("", 0, NO_MAX_PRICE, [True, True, True]),
        ("", 0, math.inf, [True, True, True]),
        ("", 0, 19, [False, True, False]),
        ("", 1, math.inf, [True, False, False]),
        ("", 19.99, 19.99, [True, False, False]),
        ("color=red", 0, math.inf, [True, False, True]),
        ("color=red", 0, 20, [True, False, False]),
        ("category=shoe", 0, 20, [False, True, False]),
    ]
    filters, low, high, expected = zip(*rows, strict=True)

    request = (
        tf.constant(filters)[:, None],
        tf.constant(low, tf.float32),
        tf.constant(high, tf.float32),
    )
    products = ProductData(CATALOG)

    assert products.allowed(*request).numpy().tolist() == list(expected)
    assert products.errors(*request).numpy().tolist() == [b""] * len(rows)
    for row, restricted in enumerate([False, False] + [True] * 6):
        one = [values[row : row + 1] for values in request]
        assert bool(products.is_restricted(*one)) == restricted


def test_errors_of_a_row():
    errors = ProductData(CATALOG).errors(
        tf.constant([["color=x"], [""], [""], [""]]),
        tf.constant([2.0, 2.0, -1.0, 0.0]),
        tf.constant([1.0, 1.5, 1.0, math.nan]),
    )

    first, *others = [error.decode() for error in errors.numpy()]
    assert first.startswith("There is no item with color=x; ")
    assert others == [
        "min_price must not be more than max_price, got 2 and 1.5.",
        "min_price must be from 0 to inf, got -1.",
        "max_price must be from 0 to inf, got nan.",
    ]


def test_without_image():
    assert without_image(CATALOG[0]) == Item(
        "a", b"", "hat", {"color": "red"}, title="Hat", price=19.99
    )

"""Filters by attributes, against a comparison of each item with each row."""

import pytest
import tensorflow as tf

from atelier.schema.item import Item
from export.servables.attribute_values import AttributeValues

COLORS, SIZES = ["", "red", "blue", "帽子 =x"], ["", "S", "M"]
FILTERS = [
    ["color=red"],
    ["color=red", "color=blue", "size=M"],
    [],
    ["category=hat", "color=帽子 =x", "color=帽子 =x"],
    ["category=hat", "category=shoe", "size=S", "color=blue"],
]


@pytest.fixture(scope="module")
def catalog():
    """Items with all combinations of values, some without any."""
    return [
        Item(
            f"item {index}",
            b"",
            ("", "hat", "shoe")[index % 3],
            {
                "color": COLORS[index // 3 % 4],
                "size": SIZES[index // 12 % 3],
                # None of these has a filter.
                "category": "of its own",
                "a=b": "c",
            },
        )
        for index in range(40)
    ]


def passes(item, row):
    """Whether an item has one of the requested values of each name."""
    values = {**item.attributes, "category": item.category}
    requested = {}
    for text in row:
        name, _, value = text.partition("=")
        requested.setdefault(name, set()).add(value)
    return all(values[name] in requested[name] for name in requested)


def padded(rows):
    return tf.ragged.constant(rows).to_tensor("")


def test_filters_of_a_batch_equal_a_comparison_of_values(catalog):
    values, filters = AttributeValues(catalog), padded(FILTERS)

    allowed, errors = values.allowed(filters), values.errors(filters)

    expected = [[passes(item, row) for item in catalog] for row in FILTERS]
    assert allowed.numpy().tolist() == expected
    assert all(any(row) for row in expected)
    assert errors.numpy().tolist() == [b""] * len(FILTERS)


def test_a_row_is_independent_of_its_batch(catalog):
    values = AttributeValues(catalog)
    together = values.allowed(padded(FILTERS))
    for row, filters in enumerate(FILTERS):
        alone = values.allowed(tf.constant([[*filters, ""]]))
        assert (
            alone.numpy().tolist() == together.numpy()[row : row + 1].tolist()
        )


def test_unknown_filters_are_named(catalog):
    asked = [["color=red", ""], ["color=rde", "cut=wide"], ["a=b=c", "red"]]

    errors = AttributeValues(catalog).errors(tf.constant(asked))

    known = "a filter is NAME=VALUE with one of the names category, color, size"
    assert [error.decode() for error in errors.numpy()] == [
        "",
        f"There is no item with color=rde or cut=wide; {known}.",
        f"There is no item with a=b=c or red; {known}.",
    ]


def test_attributes_are_read_in_one_line(catalog):
    item = Item("a", b"", "hat", {"fit": " very\n wide", "cut": "", "x": "y"})

    values = AttributeValues([item, Item("b", b"", "")])

    texts = values.of(tf.constant([1, 0], tf.int64)).numpy().tolist()
    assert texts == [[b"", b""], [b"fit=very wide", b"x=y"]]
    allowed = values.allowed(tf.constant([["fit=very wide"]]))
    assert allowed.numpy().tolist() == [[True, False]]


@pytest.mark.parametrize("width", [0, 2])
def test_a_catalog_without_attributes(width):
    values = AttributeValues([Item("a", b"", "")])

    filters = tf.fill([2, width], "")

    assert values.allowed(filters).numpy().tolist() == [[True]] * 2
    assert values.errors(filters).numpy().tolist() == [b""] * 2
    errors = values.errors(tf.constant([["color=red"]]))
    assert errors.numpy().tolist() == [
        b"There is no item with color=red; the catalog has no attributes."
    ]
    assert values.of(tf.constant([0], tf.int64)).numpy().tolist() == [[b""]]

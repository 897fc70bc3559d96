import logging

import numpy as np
import pytest

from atelier.schema.item import Item
from trainer.data.attributes import load_attributes
from trainer.data.attributes import load_categories
from trainer.data.attributes import load_products


@pytest.fixture
def logged(caplog):
    """Collects what is logged, whatever level other packages have set."""
    caplog.set_level(logging.INFO, "trainer.data.attributes")
    return caplog


@pytest.fixture
def data_dir_of(write_items):
    """Returns data_dir_of(name=[values]): of items that say this of each."""

    def make(category=None, **attributes):
        num_items = len(next(iter(attributes.values()), category))
        return write_items(
            [
                Item(
                    f"i{index}",
                    b"",
                    category[index] if category else "",
                    {
                        name: values[index]
                        for name, values in attributes.items()
                        if values[index] is not None
                    },
                )
                for index in range(num_items)
            ]
        )

    return make


def test_values_are_numbered_in_their_order(data_dir_of):
    result = load_attributes(
        data_dir_of(
            category=["shoe", "hat", "hat", "shoe", "hat"],
            colour=["röd", "blå", "röd", "blå", "blå"],
        )
    )
    assert {
        name: (attribute.names, attribute.values.tolist())
        for name, attribute in result.items()
    } == {
        "attribute/colour": (["blå", "röd"], [1, 0, 1, 0, 0]),
        "category": (["hat", "shoe"], [1, 0, 0, 1, 0]),
    }
    assert all(
        attribute.values.dtype == np.int64 for attribute in result.values()
    )


def test_what_an_item_lacks_is_minus_one(data_dir_of):
    (colour,) = load_attributes(
        data_dir_of(colour=["a", None, "b", "", "b", "a"])
    ).values()
    assert colour.names == ["a", "b"]
    assert colour.values.tolist() == [0, -1, 1, -1, 1, 0]


def test_numbers_are_classes_like_words(data_dir_of):
    (size,) = load_attributes(data_dir_of(size=["9", "10"] * 2)).values()
    assert size.names == ["10", "9"]


def test_items_without_values_give_no_attributes(data_dir_of, logged):
    assert load_attributes(data_dir_of(colour=[None, ""])) == {}
    assert not logged.messages


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (["same"] * 6, "6 items have it, with 1 distinct values"),
        (["same", "same", None], "2 items have it, with 1 distinct values"),
        (["a", "b", "c", "c"], "4 items have it, with 3 distinct values"),
        # Of those that have it, not of all.
        (["a", "b", "b", *[None] * 9], "3 items have it, with 2 distinct"),
    ],
)
def test_what_groups_nothing_is_left_out_and_named(
    data_dir_of, logged, values, numbers
):
    path = data_dir_of(text=values)
    assert "attribute/text" not in load_attributes(path)
    named = [
        message for message in logged.messages if "attribute/text" in message
    ]
    assert len(named) == 1
    assert numbers in named[0]


def test_half_as_many_values_as_items_are_classes(data_dir_of):
    path = data_dir_of(text=["a", "b", "a", "b", None])
    assert list(load_attributes(path)) == ["attribute/text"]


def test_items_without_category_share_an_id(data_dir_of):
    path = data_dir_of(category=["shoe", "", "hat", "", "shoe"])
    result = load_categories(path)
    assert result.dtype == np.int64
    assert result.tolist() == [2, 0, 1, 0, 2]


def test_categories_of_prepared_data(data_dir):
    """Things alternate between two categories, and strays are hats."""
    (name,) = result = load_attributes(data_dir)
    assert name == "category"
    assert result[name].names == ["hat", "shoe"]
    np.testing.assert_array_equal(
        result[name].values, load_categories(data_dir)
    )


@pytest.mark.parametrize(
    ("groups", "products"),
    [
        (["a", "", "b", "a", "", "b"], [0, 1, 2, 0, 3, 2]),
        (["1", "", "1"], [0, 1, 0]),  # The second is no variant of "1".
        (["a", "", "", "b"], None),
    ],
)
def test_items_of_a_group_are_a_product(groups, products, write_items):
    items = [
        Item(f"i{index}", b"", "", group_id=group)
        for index, group in enumerate(groups)
    ]
    result = load_products(write_items(items))
    assert (result if result is None else result.tolist()) == products

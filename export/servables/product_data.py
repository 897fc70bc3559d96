"""Titles, prices and attributes of the items, and filters by them."""

import dataclasses

import numpy as np
import tensorflow as tf

from atelier.schema.item import Item
from atelier.schema.signatures import MAX_PRICE
from atelier.schema.signatures import MIN_PRICE
from atelier.schema.signatures import NO_MAX_PRICE
from atelier.schema.signatures import NO_PRICE
from export.index.ops.gather_rows import gather_rows
from export.servables.attribute_values import AttributeValues
from export.servables.bounds import out_of_bounds
from export.servables.text_column import TextColumn

TEXTS = ("title", "description", "url", "group_id")
"""Fields of an item that are outputs of `item_info` of the same name."""


def without_image(item: Item) -> Item:
    """Returns what the data set says about an item, without its image."""
    return dataclasses.replace(item, image=b"", mask=b"")


class ProductData(tf.Module):
    """Texts, prices and attributes of the catalog items.

    Args:
        catalog: Items, in item index order.

    Example:
        products = ProductData([Item("a", b"", "hat", title="Hat", price=9)])
        products(tf.constant([0]))["title"]  # ["Hat"]
    """

    def __init__(self, catalog: list[Item]) -> None:
        super().__init__()
        self._columns = {
            name: TextColumn([getattr(item, name) for item in catalog])
            for name in TEXTS
        }
        self._attributes = AttributeValues(catalog)
        prices = [
            NO_PRICE if item.price is None else item.price for item in catalog
        ]
        self._prices = tf.Variable(
            np.array(prices, np.float32), trainable=False
        )

    def __call__(self, items: tf.Tensor) -> dict[str, tf.Tensor]:
        """Looks up the data of items.

        Args:
            items: Item indices, -1 for unknown items, int64 [batch].

        Returns:
            Outputs of the signature `item_info` but `category` and
            `known_item`.
        """
        rows = tf.maximum(items, 0)
        known = items >= 0
        attributes = self._attributes.of(rows)
        prices = gather_rows(self._prices, rows)
        return {
            **{
                name: tf.where(known, column(rows), "")
                for name, column in self._columns.items()
            },
            "price": tf.where(known, prices, NO_PRICE),
            "attributes": tf.where(known[:, None], attributes, ""),
        }

    def errors(
        self, filters: tf.Tensor, min_price: tf.Tensor, max_price: tf.Tensor
    ) -> tf.Tensor:
        """Checks requests.

        Args:
            filters: Texts `name=value`, padded with "", string [batch, n].
            min_price: Minimum prices, float32 [batch].
            max_price: Maximum prices, float32 [batch].

        Returns:
            Error of each row, "" if it has none, string [batch].
        """
        unknown = self._attributes.errors(filters)
        error = _range_error(min_price, max_price)
        return tf.where(unknown == "", error, unknown)

    def is_restricted(
        self, filters: tf.Tensor, min_price: tf.Tensor, max_price: tf.Tensor
    ) -> tf.Tensor:
        """Returns whether a row has a filter or a bound, bool scalar.

        Args:
            filters: Texts `name=value`, padded with "", string [batch, n].
            min_price: Minimum prices, float32 [batch].
            max_price: Maximum prices, float32 [batch].
        """
        return tf.reduce_any(filters != "") | tf.reduce_any(
            _is_bounded(min_price, max_price)
        )

    def allowed(
        self, filters: tf.Tensor, min_price: tf.Tensor, max_price: tf.Tensor
    ) -> tf.Tensor:
        """Finds the items that pass the filters and price range of each row.

        An item without a price passes only a row without bounds.

        Args:
            filters: Texts `name=value`, padded with "", string [batch, n].
            min_price: Minimum prices, float32 [batch].
            max_price: Maximum prices, float32 [batch].

        Returns:
            Whether each item passes, bool [batch, items].
        """
        prices = tf.convert_to_tensor(self._prices)
        low, high = min_price[:, None], max_price[:, None]
        in_range = (prices >= low) & (prices <= high)
        is_free = ~_is_bounded(low, high)
        return self._attributes.allowed(filters) & (in_range | is_free)


def _is_bounded(min_price: tf.Tensor, max_price: tf.Tensor) -> tf.Tensor:
    return (min_price > 0) | (max_price < NO_MAX_PRICE)


def _range_error(min_price: tf.Tensor, max_price: tf.Tensor) -> tf.Tensor:
    """Returns errors of price ranges, "" for valid ones, string [batch]."""
    texts = [
        tf.as_string(price, shortest=True) for price in (min_price, max_price)
    ]
    swapped = tf.strings.join(
        [
            "min_price must not be more than max_price, got ",
            texts[0],
            " and ",
            texts[1],
            ".",
        ]
    )
    error = tf.where(min_price > max_price, swapped, "")
    for price, tensor in ((min_price, MIN_PRICE), (max_price, MAX_PRICE)):
        wrong = out_of_bounds(price, tensor)
        error = tf.where(wrong == "", error, wrong)
    return error

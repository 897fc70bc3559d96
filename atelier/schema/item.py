"""Item record: item id, image and mask, category, attributes, product data."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from atelier.schema import feature_keys
from atelier.schema.example_pb2 import Example
from atelier.schema.tf_example import build_example

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Item:
    """An item of the catalog.

    Attributes:
        item_id: Item id from the catalog.
        image: JPEG bytes at training size.
        category: Category from the catalog, "" if the item has none.
        attributes: Free attributes from the catalog, {name: value}.
        mask: 1-bit PNG of the garment in `image`, b"" if it was not cut out.
        title: Name of the product, "" if the item has none.
        description: Text about the product, "" if the item has none.
        price: Price in the currency of the catalog, stored in single
            precision; None if unknown.
        url: Link to the product, "" if the item has none.
        group_id: Id that all variants of a product share, "" if the item has
            none.
    """

    item_id: str
    image: bytes
    category: str
    attributes: dict[str, str] = dataclasses.field(default_factory=dict)
    mask: bytes = b""
    title: str = ""
    description: str = ""
    price: float | None = None
    url: str = ""
    group_id: str = ""


def build_item(item: Item) -> bytes:
    """Serializes an item as a `tf.train.Example`."""
    return build_example(
        {
            feature_keys.ITEM_ID: [item.item_id.encode()],
            feature_keys.IMAGE: [item.image],
            feature_keys.CATEGORY: [item.category.encode()],
            feature_keys.MASK: [item.mask] if item.mask else [],
            feature_keys.PRICE: []
            if item.price is None
            else [float(item.price)],
            **{
                name: [text.encode()]
                for name in feature_keys.ITEM_TEXTS
                if (text := getattr(item, name))
            },
            **{
                feature_keys.ATTRIBUTE + name: [value.encode()]
                for name, value in item.attributes.items()
            },
        }
    )


def parse_item(serialized: bytes) -> Item:
    """Parses one item that `build_item` serialized."""
    features = Example.FromString(serialized).features.feature
    values = {
        name: feature.bytes_list.value[0]
        for name, feature in features.items()
        if name != feature_keys.PRICE
    }
    return Item(
        item_id=values[feature_keys.ITEM_ID].decode(),
        image=values[feature_keys.IMAGE],
        category=values[feature_keys.CATEGORY].decode(),
        attributes={
            name.removeprefix(feature_keys.ATTRIBUTE): value.decode()
            for name, value in values.items()
            if name.startswith(feature_keys.ATTRIBUTE)
        },
        mask=values.get(feature_keys.MASK, b""),
        price=next(iter(features[feature_keys.PRICE].float_list.value), None),
        **{
            name: values.get(name, b"").decode()
            for name in feature_keys.ITEM_TEXTS
        },
    )


def parse_items(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Parses a batch of items, without their attributes.

    Args:
        serialized: Serialized item records, string [batch].

    Returns:
        `item_id`, `image` and `category`, each string [batch].
    """
    import tensorflow as tf

    return tf.io.parse_example(
        serialized,
        {
            name: tf.io.FixedLenFeature([], tf.string)
            for name in (
                feature_keys.ITEM_ID,
                feature_keys.IMAGE,
                feature_keys.CATEGORY,
            )
        },
    )

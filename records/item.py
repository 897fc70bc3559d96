"""An item of the catalogue: its id, its photo, its category."""

import dataclasses

import tensorflow as tf

from records import features
from records.example import build_example


@dataclasses.dataclass(frozen=True)
class Item:
    """One product.

    Attributes:
        item_id: The shop's own id.
        image: JPEG bytes at training size.
        category: The shop's own category, "" where it has none.
    """

    item_id: str
    image: bytes
    category: str


def build_item(item: Item) -> bytes:
    """Serialises an item as a `tf.train.Example`."""
    return build_example(
        {
            features.ITEM_ID: [item.item_id.encode()],
            features.IMAGE: [item.image],
            features.CATEGORY: [item.category.encode()],
        }
    )


def parse_items(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Parses a batch of items.

    Args:
        serialized: Records, string [batch].

    Returns:
        `item_id`, `image` and `category`, each string [batch].
    """
    return tf.io.parse_example(
        serialized,
        {
            name: tf.io.FixedLenFeature([], tf.string)
            for name in (features.ITEM_ID, features.IMAGE, features.CATEGORY)
        },
    )

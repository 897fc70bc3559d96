"""Interaction record (triple): user id, item id and image of the item."""

import dataclasses

import tensorflow as tf

from atelier.schema import feature_keys
from atelier.schema.tf_example import build_example


@dataclasses.dataclass(frozen=True)
class Triple:
    """An observed interaction, with the image of its item.

    Attributes:
        user_id: User id from the interaction log.
        item_id: Item id from the catalog.
        image: JPEG bytes of the item's image at training size.
        time: Time in seconds since 1970; None if unknown.
        weight: Interaction weight in the units of the log; None if unknown.
    """

    user_id: str
    item_id: str
    image: bytes
    time: int | None = None
    weight: float | None = None


def build_triple(triple: Triple) -> bytes:
    """Serializes a triple as a `tf.train.Example`."""
    return build_example(
        {
            feature_keys.USER_ID: [triple.user_id.encode()],
            feature_keys.ITEM_ID: [triple.item_id.encode()],
            feature_keys.IMAGE: [triple.image],
            feature_keys.TIME: _given(triple.time),
            feature_keys.WEIGHT: _given(triple.weight),
        }
    )


def _given(value: float | None) -> list[float]:
    return [] if value is None else [value]


def parse_interactions(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Parses the user and item ids of a batch of triples, without images.

    Args:
        serialized: Serialized interaction records, string [batch].

    Returns:
        `user_id` and `item_id`, each string [batch].
    """
    return tf.io.parse_example(
        serialized,
        {
            name: tf.io.FixedLenFeature([], tf.string)
            for name in (feature_keys.USER_ID, feature_keys.ITEM_ID)
        },
    )

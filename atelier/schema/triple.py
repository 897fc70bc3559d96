"""A triple: one observed interaction, with the photo of its item."""

import dataclasses

import tensorflow as tf

from atelier.schema import feature_keys
from atelier.schema.tf_example import build_example


@dataclasses.dataclass(frozen=True)
class Triple:
    """A user took an item that looks like this.

    Attributes:
        user_id: The shop's own id.
        item_id: The shop's own id.
        image: JPEG bytes of the item at training size.
        time: When, in seconds since 1970; None if unknown.
        weight: How much, on the shop's own scale; None if unknown.
    """

    user_id: str
    item_id: str
    image: bytes
    time: int | None = None
    weight: float | None = None


def build_triple(triple: Triple) -> bytes:
    """Serialises a triple as a `tf.train.Example`."""
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
    """Parses who took what from a batch of triples, without the photos.

    Args:
        serialized: Records, string [batch].

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

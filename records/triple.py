"""A triple: one observed interaction, with the photo of its item."""

import dataclasses

import tensorflow as tf

from records import features
from records.example import build_example


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
            features.USER_ID: [triple.user_id.encode()],
            features.ITEM_ID: [triple.item_id.encode()],
            features.IMAGE: [triple.image],
            features.TIME: _given(triple.time),
            features.WEIGHT: _given(triple.weight),
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
            for name in (features.USER_ID, features.ITEM_ID)
        },
    )

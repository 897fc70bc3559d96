"""Interaction record (triple): user id, item id and image of the item."""

import dataclasses
import math
from typing import TypeVar

import tensorflow as tf

from atelier.schema import feature_keys
from atelier.schema.tf_example import build_example

NO_TIME = -(2**63)
"""Parsed time of a triple without one."""
_Value = TypeVar("_Value")
_STRING = tf.io.FixedLenFeature([], tf.string)
_INTERACTION = {
    feature_keys.USER_ID: _STRING,
    feature_keys.ITEM_ID: _STRING,
    feature_keys.TIME: tf.io.FixedLenFeature([], tf.int64, NO_TIME),
    feature_keys.WEIGHT: tf.io.FixedLenFeature([], tf.float32, math.nan),
}


@dataclasses.dataclass(frozen=True)
class Triple:
    """An observed interaction, with the image of its item or without.

    Attributes:
        user_id: User id from the interaction log.
        item_id: Item id from the catalog.
        image: JPEG bytes of the item's image at training size; None to leave
            it to the item record.
        time: Time in seconds since 1970; None if unknown.
        weight: Interaction weight in the units of the log; None if unknown.
    """

    user_id: str
    item_id: str
    image: bytes | None
    time: int | None = None
    weight: float | None = None


def build_triple(triple: Triple) -> bytes:
    """Serializes a triple as a `tf.train.Example`."""
    return build_example(
        {
            feature_keys.USER_ID: [triple.user_id.encode()],
            feature_keys.ITEM_ID: [triple.item_id.encode()],
            feature_keys.IMAGE: _given(triple.image),
            feature_keys.TIME: _given(triple.time),
            feature_keys.WEIGHT: _given(triple.weight),
        }
    )


def _given(value: _Value | None) -> list[_Value]:
    return [] if value is None else [value]


def parse_interactions(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Parses a batch of triples, without images.

    Args:
        serialized: Serialized interaction records, string [batch].

    Returns:
        `user_id` and `item_id`, each string [batch]; `time`, int64 [batch], of
        `NO_TIME` where unknown; and `weight`, float32 [batch], NaN where
        unknown.
    """
    return tf.io.parse_example(serialized, _INTERACTION)


def parse_triples(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Parses a batch of triples with images.

    Args:
        serialized: Serialized interaction records, string [batch].

    Returns:
        Those of `parse_interactions`, and the JPEG bytes of the images,
        `image`, string [batch].
    """
    return tf.io.parse_example(
        serialized, {**_INTERACTION, feature_keys.IMAGE: _STRING}
    )

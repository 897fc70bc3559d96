"""Interaction record (triple): user id, item id and image of the item."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING
from typing import Any
from typing import TypeVar

from atelier.schema import feature_keys
from atelier.schema.tf_example import build_example

if TYPE_CHECKING:
    import tensorflow as tf

NO_TIME = -(2**63)
"""Parsed time of a triple without one."""
_Value = TypeVar("_Value")


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
    return _parse(serialized)


def parse_triples(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Parses a batch of triples with images.

    Args:
        serialized: Serialized interaction records, string [batch].

    Returns:
        Those of `parse_interactions`, and the JPEG bytes of the images,
        `image`, string [batch].
    """
    return _parse(serialized, feature_keys.IMAGE)


def _parse(serialized: tf.Tensor, *texts: str) -> dict[str, tf.Tensor]:
    """Parses triples, with further features of one string each."""
    import tensorflow as tf

    features: dict[str, Any] = {
        name: tf.io.FixedLenFeature([], tf.string)
        for name in (feature_keys.USER_ID, feature_keys.ITEM_ID, *texts)
    }
    features[feature_keys.TIME] = tf.io.FixedLenFeature([], tf.int64, NO_TIME)
    features[feature_keys.WEIGHT] = tf.io.FixedLenFeature(
        [], tf.float32, math.nan
    )
    return tf.io.parse_example(serialized, features)

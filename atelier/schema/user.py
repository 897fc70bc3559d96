"""User record: user id and the items of the training interactions."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from atelier.schema import feature_keys
from atelier.schema.tf_example import build_example

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class User:
    """A user with the training interactions.

    Attributes:
        user_id: User id from the interaction log.
        item_ids: Ids of the items of the user's interactions, minus those
            held out for validation and test.
    """

    user_id: str
    item_ids: tuple[str, ...]


def build_user(user: User) -> bytes:
    """Serializes a user as a `tf.train.Example`."""
    return build_example(
        {
            feature_keys.USER_ID: [user.user_id.encode()],
            feature_keys.ITEM_IDS: [
                item_id.encode() for item_id in user.item_ids
            ],
        }
    )


def parse_users(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Parses a batch of users.

    Args:
        serialized: Serialized user records, string [batch].

    Returns:
        `user_id`, string [batch], and `item_ids`, ragged string [batch, None].
    """
    import tensorflow as tf

    return tf.io.parse_example(
        serialized,
        {
            feature_keys.USER_ID: tf.io.FixedLenFeature([], tf.string),
            feature_keys.ITEM_IDS: tf.io.RaggedFeature(tf.string),
        },
    )

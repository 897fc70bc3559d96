"""A user and the items that training may know they took."""

import dataclasses

import tensorflow as tf

from atelier.schema import feature_keys
from atelier.schema.tf_example import build_example


@dataclasses.dataclass(frozen=True)
class User:
    """One person.

    Attributes:
        user_id: The shop's own id.
        item_ids: What they took, less what validation and test hold out.
    """

    user_id: str
    item_ids: tuple[str, ...]


def build_user(user: User) -> bytes:
    """Serialises a user as a `tf.train.Example`."""
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
        serialized: Records, string [batch].

    Returns:
        `user_id`, string [batch], and `item_ids`, ragged string [batch, None].
    """
    return tf.io.parse_example(
        serialized,
        {
            feature_keys.USER_ID: tf.io.FixedLenFeature([], tf.string),
            feature_keys.ITEM_IDS: tf.io.RaggedFeature(tf.string),
        },
    )

"""Builds a `tf.train.Example` from plain values."""

import tensorflow as tf


def build_example(features: dict[str, list[bytes]]) -> bytes:
    """Serialises a record whose features are all lists of byte strings.

    Args:
        features: Values of each feature.

    Returns:
        The serialised `tf.train.Example`; equal input gives equal bytes.
    """
    example = tf.train.Example(
        features=tf.train.Features(
            feature={
                name: tf.train.Feature(
                    bytes_list=tf.train.BytesList(value=values)
                )
                for name, values in features.items()
            }
        )
    )
    return example.SerializeToString(deterministic=True)

"""Builds a `tf.train.Example` from plain values."""

from collections.abc import Mapping
from collections.abc import Sequence

import tensorflow as tf

Value = bytes | int | float


def build_example(features: Mapping[str, Sequence[Value]]) -> bytes:
    """Serialises a record.

    Args:
        features: Values of each feature, all of one type. Features without
            values are left out, as TFDV counts them as missing.

    Returns:
        The serialised `tf.train.Example`; equal input gives equal bytes.
    """
    example = tf.train.Example(
        features=tf.train.Features(
            feature={
                name: _feature(values)
                for name, values in features.items()
                if values
            }
        )
    )
    return example.SerializeToString(deterministic=True)


def _feature(values: Sequence[Value]) -> tf.train.Feature:
    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))

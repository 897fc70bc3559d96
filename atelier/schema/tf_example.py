"""Serialization of plain values as `tf.train.Example`.

TensorFlow takes seconds to import. The modules of records import it when they
first build, parse or read any, so that a worker of a Beam job that does none of
it starts without.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

Value = bytes | int | float


def build_example(features: Mapping[str, Sequence[Value]]) -> bytes:
    """Serializes a record as a `tf.train.Example`.

    Args:
        features: Values by feature key; the values of a feature have one
            type. Features without values are omitted: TFDV counts them as
            missing.

    Returns:
        Serialized `tf.train.Example`; equal input gives equal bytes.
    """
    import tensorflow as tf

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
    import tensorflow as tf

    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))

"""Serialization of plain values as `tf.train.Example`.

TensorFlow takes seconds to import, so single records are built and parsed by a
message of our own, and workers of a Beam job that writes records start without.
The modules of records import TensorFlow when they first parse a batch.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from atelier.schema.example_pb2 import BytesList
from atelier.schema.example_pb2 import Example
from atelier.schema.example_pb2 import Feature
from atelier.schema.example_pb2 import Features
from atelier.schema.example_pb2 import FloatList
from atelier.schema.example_pb2 import Int64List

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
    example = Example(
        features=Features(
            feature={
                name: _feature(values)
                for name, values in features.items()
                if values
            }
        )
    )
    return example.SerializeToString(deterministic=True)


def _feature(values: Sequence[Any]) -> Feature:
    if isinstance(values[0], bytes):
        return Feature(bytes_list=BytesList(value=values))
    if isinstance(values[0], int):
        return Feature(int64_list=Int64List(value=values))
    return Feature(float_list=FloatList(value=values))

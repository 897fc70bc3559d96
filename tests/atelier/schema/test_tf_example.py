"""Records against those of TensorFlow's message."""

import tensorflow as tf

from atelier.schema.tf_example import build_example

VALUES = {
    "item_id": [b"a"],
    "image": [bytes(range(256)) * 20],
    "time": [-5],
    "counts": [0, 2**62, 7],
    "price": [0.1],
    "z": [1.5, -2.0],
    "empty": [b""],
    "attribute/größe": ["größer".encode()],
    "Capital": [b"x"],
}


def theirs(values):
    kinds = {bytes: "bytes_list", int: "int64_list", float: "float_list"}
    example = tf.train.Example()
    for name, given in values.items():
        feature = example.features.feature[name]
        getattr(feature, kinds[type(given[0])]).value.extend(given)
    return example


def test_bytes_are_those_of_tensorflow():
    expected = theirs(VALUES).SerializeToString(deterministic=True)
    assert build_example(VALUES) == expected
    backward = dict(reversed(VALUES.items()))
    assert build_example(backward) == expected


def test_a_feature_without_values_is_left_out():
    found = tf.train.Example.FromString(build_example({"a": [], "b": [1]}))
    assert found == theirs({"b": [1]})

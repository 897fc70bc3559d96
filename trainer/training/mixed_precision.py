"""The type that convolutional networks compute in while they train.

Their weights, and all that is made of what leaves them, stay float32; so does
what judges them and what is exported, where they compute in float32 too.
"""

import contextlib
from collections.abc import Iterator

import keras

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""Dtype policies of Keras, by the name that `--precision` takes."""

PRECISION = "that the networks are trained in; weights stay float32"
"""What `--help` says of the flag."""


def set_compute_dtype(precision: str, network: keras.Model) -> None:
    """Sets what the layers of a network compute in, from their next call on.

    Args:
        precision: One of `POLICIES`.
        network: The network; what it returns may have that type.
    """
    policy = keras.DTypePolicy(POLICIES[precision])
    for layer in _layers(network):
        layer.dtype_policy = policy


@contextlib.contextmanager
def float32_compute(network: keras.Model) -> Iterator[None]:
    """Has a network compute in float32 for a while, or be traced so."""
    layers = _layers(network)
    before = [layer.dtype_policy for layer in layers]
    set_compute_dtype("float32", network)
    try:
        yield
    finally:
        for layer, policy in zip(layers, before, strict=True):
            layer.dtype_policy = policy


def _layers(network: keras.Model) -> list[keras.layers.Layer]:
    """Returns the layers at every depth, less models: those only pass on."""
    # `layers` does not list what is inside of layers that are no models.
    return [
        layer
        for layer in network._flatten_layers()
        if not isinstance(layer, keras.Model)
    ]

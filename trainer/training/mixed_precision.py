"""Mixed precision: the compute dtype of convolutional networks in training.

Weights stay float32, and so do all computations on the outputs of a network.
Evaluation and export compute in float32 throughout.
"""

import contextlib
from collections.abc import Iterator

import keras

from trainer.training.flag_texts import POLICIES


def set_compute_dtype(precision: str, network: keras.Model) -> None:
    """Sets the compute dtype of a network's layers for all following calls.

    Args:
        precision: Name of the dtype, a key of `POLICIES`.
        network: Network to change; its outputs may have the compute dtype.
    """
    policy = keras.DTypePolicy(POLICIES[precision])
    for layer in _layers(network):
        layer.dtype_policy = policy


@contextlib.contextmanager
def float32_compute(network: keras.Model) -> Iterator[None]:
    """Context manager in which a network computes, or is traced, in float32.

    Args:
        network: Network to change; its dtype policies are restored at the end.
    """
    layers = _layers(network)
    before = [layer.dtype_policy for layer in layers]
    set_compute_dtype("float32", network)
    try:
        yield
    finally:
        for layer, policy in zip(layers, before, strict=True):
            layer.dtype_policy = policy


def _layers(network: keras.Model) -> list[keras.layers.Layer]:
    """Returns all nested layers except models, which only call their layers."""
    # `layers` does not list the sublayers of layers that are not models.
    return [
        layer
        for layer in network._flatten_layers()
        if not isinstance(layer, keras.Model)
    ]

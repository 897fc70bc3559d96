"""The stages of a backbone, and which of them are trained."""

import keras
from keras import layers

from atelier.io.errors import UserError


def stages(backbone: keras.Model) -> list[list[layers.Layer]]:
    """Returns the layers that have weights, in stages from input to output.

    A stage is all that works at one resolution; layers after the last map, as
    the fully connected ones of `cnn_f`, are the last stage.
    """
    by_size: dict[int, list[layers.Layer]] = {}
    for layer in backbone.layers:
        if layer.weights:
            shape = layer.output.shape
            size = shape[1] if len(shape) == 4 else 0
            by_size.setdefault(size, []).append(layer)
    return [by_size[size] for size in sorted(by_size, reverse=True)]


def freeze(backbone: keras.Model, number: int) -> None:
    """Freezes the first stages for good; no gradient of them is computed.

    Batch normalisation in them keeps its statistics too.

    Args:
        backbone: The network.
        number: How many stages, from the input.

    Raises:
        UserError: If it has fewer.
    """
    found = stages(backbone)
    if number > len(found):
        raise UserError(
            f"--frozen_stages is at most {len(found)} for {backbone.name}, "
            f"got {number}"
        )
    for stage in found[:number]:
        for layer in stage:
            layer.trainable = False

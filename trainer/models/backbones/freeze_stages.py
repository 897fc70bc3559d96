"""Stages of a backbone, and freezing of the first ones."""

import keras
from keras import layers

from atelier.io.errors import UserError


def stages(backbone: keras.Model) -> list[list[layers.Layer]]:
    """Returns the layers with weights, grouped in stages from input to output.

    A stage holds the layers of one resolution. Layers after the last feature
    map, such as the fully connected ones of `cnn_f`, are the last stage.
    """
    by_size: dict[int, list[layers.Layer]] = {}
    for layer in backbone.layers:
        if layer.weights:
            shape = layer.output.shape
            size = shape[1] if len(shape) == 4 else 0
            by_size.setdefault(size, []).append(layer)
    return [by_size[size] for size in sorted(by_size, reverse=True)]


def freeze(backbone: keras.Model, num_stages: int) -> None:
    """Freezes the first stages, so that no gradient is computed for them.

    Batch normalization in these stages keeps its statistics as well.

    Args:
        backbone: Network to freeze in place.
        num_stages: Number of stages to freeze, from the input.

    Raises:
        UserError: If the backbone has fewer stages.
    """
    all_stages = stages(backbone)
    if num_stages > len(all_stages):
        raise UserError(
            f"--frozen_stages is at most {len(all_stages)} for "
            f"{backbone.name}, got {num_stages}"
        )
    for stage in all_stages[:num_stages]:
        for layer in stage:
            layer.trainable = False

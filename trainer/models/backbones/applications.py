"""The networks of keras.applications, from weights in a file or fresh.

Nothing is ever downloaded: without a file a network starts fresh.
"""

import os
import sys
import warnings
from typing import Any

import keras
from keras import layers

from atelier.io.errors import UserError

_PREFIX = "keras.applications."
NETWORKS: tuple[str, ...] = tuple(
    sorted(name for name in dir(keras.applications) if name[0].isupper())
)

# Of the pixels of ImageNet, in [0, 1], by channel.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def plain_name(name: str) -> str:
    """Returns the name of a network without `keras.applications.`."""
    return name.removeprefix(_PREFIX)


def build(name: str, image_size: int, weights: str | None) -> keras.Model:
    """Builds a network less its classes, with its last map averaged.

    Images are scaled to what the network was made for. With weights, batch
    normalisation keeps the statistics that came with them: a batch of clothes
    is a poor estimate of them.

    Args:
        name: One of `NETWORKS`.
        image_size: Side of the photos, in pixels.
        weights: A file that Keras wrote of this network, with its 1000 classes
            or without: `.keras`, `.weights.h5`, or the `.h5` files that
            keras.applications itself downloads.

    Returns:
        A model from float32 [batch, image_size, image_size, 3] in [-1, 1] to
        float32 [batch, F].

    Raises:
        UserError: If the network is not for photos of this size, or the file
            does not hold its weights.
    """
    function = getattr(keras.applications, name)
    images = keras.Input((image_size, image_size, 3), name="images")
    x = layers.Rescaling(127.5, offset=127.5, name="pixels")(images)
    x = sys.modules[function.__module__].preprocess_input(x)
    if weights and name.startswith("EfficientNetB"):
        x = _as_efficientnet_was_trained(x)
    try:
        network = function(
            input_tensor=x,
            input_shape=(image_size, image_size, 3),
            include_top=False,
            weights=None,
            pooling="avg",
        )
    except ValueError as error:
        raise UserError(
            f"--backbone {name} is not for photos of {image_size} pixels: "
            f"{error}"
        ) from error
    if weights:
        _load(network, name, weights)
        for layer in network.layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.trainable = False
    return keras.Model(images, network.output, name=name)


def _as_efficientnet_was_trained(x: keras.KerasTensor) -> keras.KerasTensor:
    """Returns pixels such that the network divides them by the deviation.

    Its own first layer divides by the root of that; keras.applications makes
    up for it only where it downloads the weights
    (https://github.com/tensorflow/tensorflow/issues/49930).
    """
    scales = [deviation**-0.5 for deviation in _DEVIATION]
    offsets = [
        255 * mean * (1 - scale)
        for mean, scale in zip(_MEAN, scales, strict=True)
    ]
    return layers.Rescaling(scales, offset=offsets, name="deviation")(x)


def _load(network: keras.Model, name: str, path: str) -> None:
    if not os.path.isfile(path):
        raise UserError(f"--weights: there is no file {path}")
    source = _saved(name, path)
    # Pairs all layers of the network; those of the classes come last.
    for layer, saved in zip(
        _weighted(network), _weighted(source), strict=False
    ):
        layer.set_weights(saved.get_weights())


def _saved(name: str, path: str) -> keras.Model:
    """Returns the network that a file was saved from."""
    reasons = []
    for include_top in (False, True):
        network = getattr(keras.applications, name)(
            include_top=include_top, weights=None
        )
        try:
            with warnings.catch_warnings(action="ignore"):
                network.load_weights(path)
        # Each format of file has its own ways to fail.
        except Exception as error:
            reasons.append(str(error).splitlines()[0])
        else:
            return network
    raise UserError(
        f"--weights: {path} does not hold the weights of {name}, with its "
        f"classes or without ({reasons[0]})"
    )


def _weighted(network: keras.Model) -> list[Any]:
    return [layer for layer in network.layers if layer.weights]

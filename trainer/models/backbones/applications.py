"""Networks of keras.applications as backbones.

Nothing is downloaded: without a weights file a network is initialized randomly.
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

# Mean and standard deviation of ImageNet pixels in [0, 1], per channel.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def plain_name(name: str) -> str:
    """Returns the name of a network without `keras.applications.`."""
    return name.removeprefix(_PREFIX)


def build(name: str, image_size: int, weights: str | None) -> keras.Model:
    """Builds a network without its classifier, with global average pooling.

    Images are rescaled with the preprocessing of the network. With a weights
    file, batch normalization keeps the statistics of the file: a batch of
    clothes is a poor estimate of them.

    Args:
        name: One of `NETWORKS`.
        image_size: Side of the images, in pixels.
        weights: Path of a Keras file of this network, with or without its 1000
            classes: `.keras`, `.weights.h5`, or an `.h5` file that
            keras.applications downloads; None for random weights.

    Returns:
        A model from float32 [batch, image_size, image_size, 3] in [-1, 1] to
        float32 [batch, F].

    Raises:
        UserError: If the network does not support this image size, or the file
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
            f"--backbone {name} does not support images of {image_size} "
            f"pixels: {error}"
        ) from error
    if weights:
        _load(network, name, weights)
        for layer in network.layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.trainable = False
    return keras.Model(images, network.output, name=name)


def _as_efficientnet_was_trained(x: keras.KerasTensor) -> keras.KerasTensor:
    """Rescales pixels so that EfficientNet divides them by the deviation.

    Its normalization layer divides by the square root of the deviation, and
    keras.applications corrects that only for weights that it downloads
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
    # The classifier's layers come last, so zip leaves them out.
    for layer, saved in zip(
        _weighted(network), _weighted(source), strict=False
    ):
        layer.set_weights(saved.get_weights())


def _saved(name: str, path: str) -> keras.Model:
    """Returns a network with the weights of a file, with or without its top."""
    reasons = []
    for include_top in (False, True):
        network = getattr(keras.applications, name)(
            include_top=include_top, weights=None
        )
        try:
            with warnings.catch_warnings(action="ignore"):
                network.load_weights(path)
        # Each file format raises its own exception types.
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

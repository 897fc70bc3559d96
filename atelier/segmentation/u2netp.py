"""U2-Net-P, a small network for salient object segmentation, with weights."""

import hashlib
import importlib.resources
import io

import keras
import numpy as np
from keras import layers

from atelier.io.errors import UserError

INPUT_SIZE = 320
"""Side of the input, in pixels: the size that the weights were trained at."""
WEIGHTS = "u2netp.npz"
WEIGHTS_SHA256 = (
    "5a712e0e42be3c60ef76d006b7059bf2ab4686ad434d08f99a4a5d041eca7140"
)
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_WIDTH = 64
_INNER_WIDTH = 16
_DEPTHS = (7, 6, 5, 4)
"""Levels of the encoder's first stages; the decoder mirrors them."""
_DILATED_STAGES = ("encoder5", "encoder6", "decoder5")


def u2netp() -> keras.Model:
    """Builds U2-Net-P with its weights, 1.1 million of them.

    A U-Net whose stages are small U-Nets themselves; the innermost ones dilate
    instead of pooling. The batch normalization is folded into the
    convolutions. Half-precision weights changed masks by up to 0.22, so the
    file holds single precision.

    Source: Qin et al., "U^2-Net: Going Deeper with Nested U-Structure for
    Salient Object Detection", Pattern Recognition 2020.

    Returns:
        A model from RGB images, float32 [batch, 320, 320, 3] in 0..255, to
        saliency, float32 [batch, 320, 320, 1] from 0 to 1 in each image.

    Raises:
        UserError: If the file of the weights is damaged.
    """
    weights = _read_weights()
    images = keras.Input((INPUT_SIZE, INPUT_SIZE, 3), name="images")
    x = _Normalize(name="normalize")(images)
    encoded: list[keras.KerasTensor] = []
    for stage in range(1, 7):
        x = layers.MaxPooling2D(2)(x) if encoded else x
        x = _stage(x, f"encoder{stage}", stage)
        encoded.append(x)
    decoded = [x]
    for stage in range(5, 0, -1):
        x = layers.Concatenate()([_upsample(x, 2), encoded[stage - 1]])
        x = _stage(x, f"decoder{stage}", stage)
        decoded.append(x)
    sides = []
    for stage, features in enumerate(reversed(decoded), start=1):
        side = layers.Conv2D(1, 3, padding="same", name=f"side{stage}")
        sides.append(_upsample(side(features), 2 ** (stage - 1)))
    fuse = layers.Conv2D(1, 1, activation="sigmoid", name="fuse")
    saliency = _Stretch(name="stretch")(fuse(layers.Concatenate()(sides)))
    model = keras.Model(images, saliency, name="u2netp", trainable=False)
    for variable in model.variables:
        layer, name = variable.path.split("/")[-2:]
        variable.assign(weights[f"{layer}/{name}"])
    return model


class _Normalize(layers.Layer):
    """Divides images by their maximum and standardizes them, as in training."""

    def call(self, images: keras.KerasTensor) -> keras.KerasTensor:
        brightest = keras.ops.max(images, axis=(1, 2, 3), keepdims=True)
        scaled = images / keras.ops.maximum(brightest, 1.0)
        return (scaled - _MEAN) / _DEVIATION


class _Stretch(layers.Layer):
    """Maps the minimum and maximum of each saliency map to 0 and 1."""

    def call(self, maps: keras.KerasTensor) -> keras.KerasTensor:
        low = keras.ops.min(maps, axis=(1, 2, 3), keepdims=True)
        high = keras.ops.max(maps, axis=(1, 2, 3), keepdims=True)
        return (maps - low) / keras.ops.maximum(high - low, 1e-6)


def _stage(x: keras.KerasTensor, name: str, stage: int) -> keras.KerasTensor:
    """Adds a residual U-block: `in`, `down1..`, `bottom`, `up..1`."""
    dilated = name in _DILATED_STAGES
    depth = 4 if dilated else _DEPTHS[stage - 1]
    entry = x = _conv(x, f"{name}_in", _WIDTH)
    encoded: list[keras.KerasTensor] = []
    for level in range(1, depth):
        if encoded and not dilated:
            x = layers.MaxPooling2D(2)(x)
        dilation = 2 ** (level - 1) if dilated else 1
        x = _conv(x, f"{name}_down{level}", _INNER_WIDTH, dilation)
        encoded.append(x)
    x = _conv(x, f"{name}_bottom", _INNER_WIDTH, 8 if dilated else 2)
    for level in range(depth - 1, 0, -1):
        shortcut = encoded[level - 1]
        if x.shape[1] != shortcut.shape[1]:
            x = _upsample(x, 2)
        x = layers.Concatenate()([x, shortcut])
        dilation = 2 ** (level - 1) if dilated else 1
        width = _WIDTH if level == 1 else _INNER_WIDTH
        x = _conv(x, f"{name}_up{level}", width, dilation)
    return layers.Add()([x, entry])


def _conv(
    x: keras.KerasTensor, name: str, width: int, dilation: int = 1
) -> keras.KerasTensor:
    return layers.Conv2D(
        width,
        3,
        padding="same",
        dilation_rate=dilation,
        activation="relu",
        name=name,
    )(x)


def _upsample(x: keras.KerasTensor, factor: int) -> keras.KerasTensor:
    if factor == 1:
        return x
    return layers.UpSampling2D(factor, interpolation="bilinear")(x)


def _read_weights() -> dict[str, np.ndarray]:
    """Returns the arrays of the package's file, named `layer/variable`."""
    path = importlib.resources.files(__package__) / "weights" / WEIGHTS
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise UserError(
            f"{path} is damaged: its SHA-256 is not {WEIGHTS_SHA256}; install "
            "the package again"
        )
    with np.load(io.BytesIO(data)) as weights:
        return dict(weights)

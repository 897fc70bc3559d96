"""EfficientNet-Lite0 with its ImageNet weights, included in the package."""

import importlib.resources

import keras
import numpy as np
from keras import layers

from trainer.models.backbones.weights_file import assign_weights

WEIGHTS = "efficientnet_lite0.npz"
FEATURES = 1280

# Per stage: kernel, stride of the first block, expansion, channels, blocks.
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


def efficientnet_lite0(image_size: int) -> keras.Model:
    """Builds EfficientNet-Lite0 with ImageNet weights, without classifier.

    Inverted bottlenecks as in EfficientNet-B0, without squeeze-and-excitation
    and with ReLU6, for fast inference on small machines; 3.4 million
    parameters, 385 million multiplications at 224 pixels. Batch normalization
    keeps the statistics of ImageNet: a batch of clothes is a poor estimate of
    them.

    Source: Tan and Le 2019; Google's "EfficientNet-Lite" (2020).

    Args:
        image_size: Side of the input, in pixels; the weights were trained at
            224.

    Returns:
        A model from float32 [batch, image_size, image_size, 3] in [-1, 1] to
        float32 [batch, 1280].
    """
    images = keras.Input((image_size, image_size, 3), name="images")
    # Maps [-1, 1] to the (x - 127) / 128 that the weights were trained with.
    x = layers.Rescaling(127.5 / 128, offset=0.5 / 128, name="rescale")(images)
    x = _norm(_conv(32, 3, "stem", strides=2)(x), "stem")
    block = 0
    for kernel, stride, expansion, width, blocks in _STAGES:
        for index in range(blocks):
            x = _bottleneck(
                x,
                f"block{block}",
                kernel=kernel,
                stride=stride if index == 0 else 1,
                expansion=expansion,
                width=width,
            )
            block += 1
    x = _norm(_conv(FEATURES, 1, "head")(x), "head")
    features = layers.GlobalAveragePooling2D(name="pool")(x)
    model = keras.Model(images, features, name="efficientnet_lite0")
    _load(model)
    return model


def _bottleneck(
    x: keras.KerasTensor,
    name: str,
    *,
    kernel: int,
    stride: int,
    expansion: int,
    width: int,
) -> keras.KerasTensor:
    shortcut, inputs = x, x.shape[-1]
    if expansion > 1:
        expand = f"{name}_expand"
        x = _norm(_conv(expansion * inputs, 1, expand)(x), expand)
    depthwise = f"{name}_depthwise"
    x = layers.DepthwiseConv2D(
        kernel, stride, padding="same", use_bias=False, name=depthwise
    )(x)
    x = _norm(x, depthwise)
    project = f"{name}_project"
    x = _norm(_conv(width, 1, project)(x), project, activate=False)
    if stride == 1 and inputs == width:
        x = layers.Add(name=f"{name}_add")([shortcut, x])
    return x


def _conv(
    filters: int, kernel: int, name: str, strides: int = 1
) -> layers.Layer:
    return layers.Conv2D(
        filters, kernel, strides, padding="same", use_bias=False, name=name
    )


def _norm(
    x: keras.KerasTensor, name: str, activate: bool = True
) -> keras.KerasTensor:
    norm = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_norm")
    # Frozen with scale and offset, which were learned for these statistics; the
    # convolution before it can learn any scale.
    norm.trainable = False
    x = norm(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x) if activate else x


def _load(model: keras.Model) -> None:
    folder = importlib.resources.files(__package__) / "weights"
    with (folder / WEIGHTS).open("rb") as file, np.load(file) as weights:
        assign_weights(model, weights)

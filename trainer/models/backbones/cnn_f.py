"""CNN-F, the backbone that the DVBPR paper trains from scratch."""

import keras
from keras import layers

DROPOUT = 0.5


def cnn_f(image_size: int) -> keras.Model:
    """Builds CNN-F (Chatfield et al. 2014) as in the DVBPR authors' code.

    Every convolution and pooling is SAME-padded, there is no local response
    normalization, kernels are Glorot uniform and biases zero. At 224 pixels it
    has 70,778,724 parameters, including the item tower's projection to 100
    dimensions.

    Source: Kang et al. 2017, section III-B, and the authors' released code,
    which differs from the paper's table in the padding of the first layer.

    Args:
        image_size: Side of the input, in pixels; 224 in the paper.

    Returns:
        A model from float32 [batch, image_size, image_size, 3] in [-1, 1] to
        float32 [batch, 4096].
    """
    images = keras.Input((image_size, image_size, 3), name="images")
    x = _conv(64, 11, "conv1", strides=4)(images)
    x = _pool("pool1")(x)
    x = _conv(256, 5, "conv2")(x)
    x = _pool("pool2")(x)
    x = _conv(256, 3, "conv3")(x)
    x = _conv(256, 3, "conv4")(x)
    x = _conv(256, 3, "conv5")(x)
    x = _pool("pool5")(x)
    x = layers.Flatten(name="flatten")(x)
    for name in ("6", "7"):
        x = layers.Dense(4096, activation="relu", name=f"fc{name}")(x)
        x = layers.Dropout(DROPOUT, name=f"dropout{name}")(x)
    return keras.Model(images, x, name="cnn_f")


def _conv(
    filters: int, kernel: int, name: str, strides: int = 1
) -> layers.Layer:
    return layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding="same",
        activation="relu",
        name=name,
    )


def _pool(name: str) -> layers.Layer:
    return layers.MaxPooling2D(2, strides=2, padding="same", name=name)

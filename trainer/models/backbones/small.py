"""A small backbone, trainable from scratch on a laptop in minutes."""

import keras
from keras import layers

WIDTHS = (32, 64, 128)
WORKING_SIZE = 64
"""Side in pixels to which larger images are average-pooled, approximately."""


def small(image_size: int) -> keras.Model:
    """Builds three strided convolutions with average and maximum pooling.

    Average pooling keeps color and texture, maximum pooling keeps details
    anywhere in the image. It takes about 10 million multiplications per image,
    a hundredth of CNN-F at 224 pixels.

    Args:
        image_size: Side of the input, in pixels, at least 16.

    Returns:
        A model from float32 [batch, image_size, image_size, 3] in [-1, 1] to
        float32 [batch, 256].
    """
    images = keras.Input((image_size, image_size, 3), name="images")
    shrink = max(1, image_size // WORKING_SIZE)
    x = layers.AveragePooling2D(shrink, name="shrink")(images)
    for index, width in enumerate(WIDTHS, start=1):
        x = layers.Conv2D(
            width,
            3,
            strides=2,
            padding="same",
            use_bias=False,
            name=f"conv{index}",
        )(x)
        x = layers.BatchNormalization(
            momentum=0.9,
            # Averages over all replicas of TensorFlow, each of which would
            # otherwise keep its own; other backends lack the option.
            synchronized=keras.backend.backend() == "tensorflow",
            name=f"norm{index}",
        )(x)
        x = layers.ReLU(name=f"relu{index}")(x)
    features = layers.Concatenate(name="pooled")(
        [
            layers.GlobalAveragePooling2D(name="average")(x),
            layers.GlobalMaxPooling2D(name="maximum")(x),
        ]
    )
    return keras.Model(images, features, name="small")

"""PNG encoding in the graph, and decoding outside it."""

import numpy as np
import tensorflow as tf


def encode_png(image: tf.Tensor) -> tf.Tensor:
    """Encodes an image as PNG, in stock TensorFlow ops.

    Args:
        image: RGB image, float32 [height, width, 3] in [-1, 1].

    Returns:
        PNG file, string scalar.
    """
    pixels = tf.clip_by_value(tf.round(image * 127.5 + 127.5), 0.0, 255.0)
    return tf.io.encode_png(tf.cast(pixels, tf.uint8))


def pixels_of(encoded: np.ndarray) -> np.ndarray:
    """Decodes PNG files of one image size.

    Args:
        encoded: PNG files, bytes objects [n].

    Returns:
        RGB images, 0..255, float32 [n, height, width, 3].
    """
    return np.stack(
        [tf.io.decode_png(png, 3).numpy().astype(np.float32) for png in encoded]
    )

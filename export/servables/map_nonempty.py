"""Application of a network to a batch that may be empty."""

from collections.abc import Callable

import tensorflow as tf


def map_nonempty(
    network: Callable[[tf.Tensor], tf.Tensor], images: tf.Tensor
) -> tf.Tensor:
    """Applies a network to a batch of images that may be empty.

    The fused convolutions of oneDNN, which TensorFlow uses by default on Intel
    processors with AVX-512, fail on zero rows ("Incompatible shapes"). An empty
    batch therefore gets one black image, whose row is dropped afterwards.

    Args:
        network: Function of images, float32 [batch, height, width, channels],
            that returns a tensor [batch, ...].
        images: Images, float32 [batch, height, width, channels].

    Returns:
        Output of the network, [batch, ...].
    """
    num_images = tf.shape(images)[0]
    missing = tf.maximum(1 - num_images, 0)
    padded = tf.pad(images, [[0, missing], [0, 0], [0, 0], [0, 0]])
    return network(padded)[:num_images]

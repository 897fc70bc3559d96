"""Main color of a garment, and the pixels that are of its cloth.

The light on a cloth changes from pixel to pixel, the hue of the cloth does not.
A pixel is therefore of the cloth if its hue is that of the main color and its
chroma is not more than the light explains. Pixels that are much brighter are
prints or trims; dark ones may be in the shade, and count as cloth.
"""

import numpy as np
import tensorflow as tf

from trainer.models.composition.masked_filter import blur

_NEAR = np.array([44.0, 12.0, 12.0], np.float32)
"""Radius in L, a and b of the pixels that the main color is the median of."""
_ROUNDS = 8
_TOLERANCE = 6.0
"""Distance in a and b outside the accepted range that makes half a pixel a
trim; twice the noise of a JPEG file."""


def main_color(pixels: tf.Tensor) -> tf.Tensor:
    """Returns the most frequent color: the median of the pixels near to it.

    Args:
        pixels: Lab colors, float32 [n, 3], at least one.

    Returns:
        Lab color, float32 [3].
    """

    def nearer(
        step: tf.Tensor, color: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        near = tf.norm((pixels - color) / _NEAR, axis=1) < 1.0
        color = tf.cond(
            tf.reduce_any(near),
            lambda: _median(tf.boolean_mask(pixels, near)),
            lambda: color,
        )
        return step + 1, color

    start = 0, _median(pixels)
    return tf.while_loop(lambda step, _: step < _ROUNDS, nearer, start)[1]


def cloth_weight(
    lab: tf.Tensor, light: tf.Tensor, color: tf.Tensor
) -> tf.Tensor:
    """Returns the share of the main cloth in each pixel.

    Args:
        lab: Lab image, float32 [height, width, 3].
        light: Logarithm of the light relative to the main color, float32
            [height, width, 1].
        color: Lab of the main color, float32 [3].

    Returns:
        Shares, float32 [height, width, 1] in [0, 1].
    """
    chroma = tf.norm(color[1:])
    # White and gray have no hue: any.
    hue = tf.where(
        chroma > 1e-3, color[1:] / tf.maximum(chroma, 1e-3), [1.0, 0.0]
    )
    along = tf.reduce_sum(lab[..., 1:] * hue, axis=-1, keepdims=True)
    across = tf.abs(lab[..., 2:] * hue[0] - lab[..., 1:2] * hue[1])
    # In the shade the chroma falls with the light, that of dyes less.
    shade = tf.exp(tf.minimum(light, 0.0))
    lowest = 0.55 * chroma * shade - 5.0
    highest = (0.9 + 0.3 * shade) * chroma + 6.0
    wrong_chroma = tf.maximum(tf.maximum(lowest - along, along - highest), 0.0)
    wrong_hue = tf.maximum(across - 7.0 - 0.2 * tf.abs(along), 0.0)
    # A highlight of a colored cloth keeps its chroma, a white print does not.
    keeps_chroma = tf.cast(along > 0.6 * chroma, tf.float32)
    colored = keeps_chroma * 0.8 * tf.minimum(chroma, 30.0)
    # So does gloss of a dark one, which is darker than a print.
    gloss = 15.0 + 0.3 * (100.0 - color[0])
    brighter = lab[..., :1] - color[0] - gloss - colored
    distance = tf.sqrt(
        (wrong_chroma**2 + wrong_hue**2) / _TOLERANCE**2
        + tf.maximum(brighter / 8.0, 0.0) ** 2
    )
    share = tf.clip_by_value(1.2 - blur(distance, 0.6), 0.0, 1.0)
    return share**2 * (3.0 - 2.0 * share)


def _median(pixels: tf.Tensor) -> tf.Tensor:
    """Returns the median of each channel of pixels, float32 [n, 3]."""
    channels = tf.transpose(pixels)
    last = tf.shape(pixels)[0] - 1
    middle = [
        tf.raw_ops.NthElement(input=channels, n=index)
        for index in (last // 2, last - last // 2)
    ]
    return (middle[0] + middle[1]) / 2.0

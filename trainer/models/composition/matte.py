"""Share of a garment in each pixel of its photo."""

import tensorflow as tf

from trainer.models.composition.masked_filter import dilate
from trainer.models.composition.masked_filter import erode
from trainer.models.composition.masked_filter import nearest_known
from trainer.models.composition.masked_filter import pixels

_EDGE = 0.01
"""Width of the edge on each side of the mask, as a fraction of the size."""
_NOISE = 0.02
"""Squared distance in RGB below which two colors are hardly told apart."""


def matte(
    image: tf.Tensor, garment: tf.Tensor, mask: tf.Tensor, alpha: tf.Tensor
) -> tf.Tensor:
    """Returns the share of a garment in each pixel of its photo.

    At the edge a pixel P shows t of the garment G and 1 - t of the background
    B, the colors of the nearest pixels that are wholly one of them:
    t = (P - B) . (G - B) / |G - B|^2. A mask alone leaves a line of the old
    color, or of floor that is dyed.

    Args:
        image: sRGB photo, float32 [size, size, 3] in [-1, 1].
        garment: Garment of the photo, extended beyond the mask, float32 [size,
            size, 3].
        mask: True inside the garment, bool [size, size].
        alpha: Share by the mask, which counts where garment and background
            have the same color, float32 [size, size, 1] in [0, 1].

    Returns:
        Share of the garment, float32 [size, size, 1] in [0, 1].
    """
    width = tf.maximum(pixels(_EDGE, tf.shape(mask)[0]), 1)
    inner, outer = erode(mask, width), dilate(mask, width)
    # Without any background, each pixel is its own.
    background = tf.gather_nd(
        image, nearest_known(~outer | tf.reduce_all(outer))
    )
    apart = garment - background
    squared = tf.reduce_sum(apart**2, axis=-1, keepdims=True)
    along = tf.reduce_sum((image - background) * apart, axis=-1, keepdims=True)
    share = tf.clip_by_value(along / tf.maximum(squared, 1e-6), 0.0, 1.0)
    trust = squared / (squared + _NOISE)
    share = trust * share + (1.0 - trust) * alpha
    share = tf.where(outer[..., None], share, 0.0)
    return tf.where(inner[..., None], 1.0, share)

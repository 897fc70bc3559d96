"""Cut-outs: the garment of a photo on white, centered and scaled alike.

Stock ops alone, so that `prepare` and the exported graph make the same image of
a photo. Where the mask of the network is not plausible, the caller keeps the
whole photo.
"""

from typing import NamedTuple

import tensorflow as tf

WORKING_SIZE = 640
"""Longest side of a photo that is cut, in pixels; larger ones are scaled."""
MIN_COVER = 0.05
MAX_COVER = 0.95
"""Fractions of the photo that a garment covers at least and at most."""
TOO_SMALL = "garment_too_small"
TOO_LARGE = "garment_too_large"
TORN = "garment_torn"
_MARGIN = 0.04
"""Margin around the garment, relative to the side of the image."""


class CutOut(NamedTuple):
    """A garment cut out of a photo.

    Attributes:
        image: Garment on white, uint8 [size, size, 3]; of no use if `reason`
            is not "".
        mask: Garment in `image`, bool [size, size].
        reason: Reason to keep the whole photo, a string scalar: `TOO_SMALL`,
            `TOO_LARGE` or `TORN`; "" if the garment was cut out.
    """

    image: tf.Tensor
    mask: tf.Tensor
    reason: tf.Tensor


def cut_out(
    photo: tf.Tensor, mask: tf.Tensor, torn: tf.Tensor | bool, size: int
) -> CutOut:
    """Puts the garment of a photo on white, centered, at a common scale.

    Args:
        photo: RGB photo in 0..255, uint8 or float32 [height, width, 3].
        mask: Opacity from 0 to 1, float32 [height, width]; stretched over the
            photo if its size differs.
        torn: Whether the mask is torn.
        size: Side of the result, in pixels.
    """
    photo = at_most(photo, max(WORKING_SIZE, 2 * size))
    shape = tf.shape(photo)[:2]
    alpha = tf.image.resize(mask[..., None], shape, antialias=True)
    # On white before scaling: scaled first, the floor would mix into the edge.
    white = alpha * (255.0 - tf.cast(photo, tf.float32))
    start, end = _box(alpha[..., 0] > 0.5)
    longest = tf.cast(tf.reduce_max(end - start), tf.float32)
    scale = (1.0 - 2.0 * _MARGIN) * size / tf.maximum(longest, 1.0)
    center = tf.cast(start + end, tf.float32) / 2.0
    placed = tf.raw_ops.ScaleAndTranslate(
        images=tf.concat([white, alpha], axis=2)[None],
        size=[size, size],
        scale=tf.stack([scale, scale]),
        translation=size / 2 - scale * center,
        kernel_type="triangle",
    )[0]
    image = tf.clip_by_value(255.0 - placed[..., :3], 0.0, 255.0)
    return CutOut(
        tf.cast(tf.round(image), tf.uint8),
        placed[..., 3] > 0.5,
        keep_reason(mask, torn),
    )


def keep_reason(mask: tf.Tensor, torn: tf.Tensor | bool) -> tf.Tensor:
    """Returns the reason to keep the whole photo, a string scalar, "" if none.

    Args:
        mask: Opacity from 0 to 1, float32 [height, width].
        torn: Whether the mask is torn.
    """
    cover = tf.reduce_mean(tf.cast(mask > 0.5, tf.float32))
    reason = tf.where(torn, TORN, "")
    reason = tf.where(cover > MAX_COVER, TOO_LARGE, reason)
    return tf.where(cover < MIN_COVER, TOO_SMALL, reason)


def at_most(photo: tf.Tensor, longest: int) -> tf.Tensor:
    """Scales a photo down if a side is longer.

    Args:
        photo: Photo, uint8 or float32 [height, width, 3].
        longest: Maximum length of a side, in pixels.

    Returns:
        Photo, float32 [height, width, 3].
    """
    shape = tf.shape(photo)[:2]
    ratio = longest / tf.reduce_max(shape)
    smaller = tf.cast(tf.round(ratio * tf.cast(shape, tf.float64)), tf.int32)
    return tf.cond(
        ratio < 1.0,
        lambda: tf.image.resize(photo, tf.maximum(smaller, 1), antialias=True),
        lambda: tf.cast(photo, tf.float32),
    )


def _box(mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the first row and column of a mask, and those after its last."""
    bounds = []
    for axis in (1, 0):
        lines = tf.cast(tf.reduce_any(mask, axis=axis), tf.int32)
        first = tf.argmax(lines, output_type=tf.int32)
        after = tf.size(lines) - tf.argmax(lines[::-1], output_type=tf.int32)
        bounds.append(tf.stack([first, after]))
    start, end = tf.unstack(tf.stack(bounds), axis=1)
    return start, end

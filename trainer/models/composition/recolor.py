"""The garment of a photo in another cloth, where it lies in the photo.

All functions take NumPy arrays and tensors of any size, and work in graph mode,
so that the command `design` and the served model recolor alike.
"""

from typing import Any

import tensorflow as tf

from trainer.models.composition.compose import compose
from trainer.models.composition.cut import Cut
from trainer.models.composition.cut import cut_layers
from trainer.models.composition.masked_filter import pixels
from trainer.models.composition.matte import matte

_MARGIN = 0.04


def photo_cut(photo: Any, mask: Any, size: int) -> Cut:
    """Cuts the garment of a photo, as large as `cut_out` places it.

    Args:
        photo: RGB photo in 0..255, uint8 or float32 [height, width, 3].
        mask: True inside the garment, at least one pixel, bool [height, width].
        size: Side of the cut, in pixels.

    Returns:
        Layers of the cut, tensors.
    """
    places = tf.where(mask)
    start = tf.cast(tf.reduce_min(places, axis=0), tf.int32)
    end = tf.cast(tf.reduce_max(places, axis=0), tf.int32) + 1
    return cut_layers(*_square(photo, mask, start, end, size, _MARGIN))


def strengthened(own: Any, color: Any, lab: Any, strength: Any) -> tf.Tensor:
    """Returns a cloth between the color of a garment and another cloth.

    Up to a strength of 0.5 the color moves to that of the cloth; from there to
    1 the pattern of the cloth appears.

    Args:
        own: Lab of the main color of the garment, float32 [3].
        color: Lab of the main color of the cloth, float32 [3].
        lab: Lab colors of the cloth, float32 [1, 1, 3] of a plain one, [size,
            size, 3] of a pattern.
        strength: Strength from 0 to 1, a number or float32 scalar.

    Returns:
        Lab colors, float32 of the shape of `lab`.
    """
    plain = own + tf.minimum(2.0 * strength, 1.0) * (color - own)
    return plain + tf.maximum(2.0 * strength - 1.0, 0.0) * (lab - color)


def put_into_cloth(
    photo: Any, mask: Any, own: Any, lab: Any, max_side: int
) -> tf.Tensor:
    """Puts the garment of a photo into a cloth and keeps its surroundings.

    Args:
        photo: RGB photo in 0..255, uint8 or float32 [height, width, 3].
        mask: True inside the garment, at least one pixel, bool [height, width].
        own: Lab of the main color of the garment, float32 [3].
        lab: Lab colors of the cloth, as in `strengthened`.
        max_side: Side at which the change of color of a larger photo is
            computed, in pixels.

    Returns:
        RGB photo of whole numbers in 0..255, float32 [height, width, 3]; the
        photo itself if the cloth has its own color.
    """
    shape = tf.shape(mask)
    side = tf.reduce_max(shape)
    size = tf.minimum(side, max_side)
    image, inside = _square(photo, mask, tf.zeros_like(shape), shape, size)
    cut = cut_layers(image, inside, 1.0)
    share = matte(image, cut.image, inside, cut.alpha)
    cut = cut._replace(alpha=share)
    cloth = tf.image.resize(lab, [size, size], antialias=True)
    change = compose(cut, cloth, image) - compose(cut, own[None, None], image)
    change = tf.image.resize(change, [side, side], antialias=True) * 127.5
    top, left = tf.unstack((side - shape) // 2)
    change = change[top : top + shape[0], left : left + shape[1]]
    recolored = tf.round(tf.cast(photo, tf.float32) + change)
    return tf.clip_by_value(recolored, 0.0, 255.0)


def _square(
    photo: Any,
    mask: Any,
    start: tf.Tensor,
    end: tf.Tensor,
    size: Any,
    margin: float = 0.0,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Pads a box of a photo to a square by its edges, and resizes it.

    Args:
        photo: RGB photo in 0..255, uint8 or float32 [height, width, 3].
        mask: Mask of at least one pixel in the box, bool [height, width].
        start: First row and column of the box, int32 [2].
        end: Row and column after the last ones, int32 [2].
        size: Side of the result, in pixels.
        margin: Least margin around the box, relative to its longer side.

    Returns:
        Image, float32 [size, size, 3] in [-1, 1], and mask, bool [size, size],
        of at least one pixel.
    """
    shape = end - start
    longest = tf.reduce_max(shape)
    side = longest + 2 * pixels(margin, longest)
    first = (side - shape) // 2
    offsets = tf.range(side)[:, None] - first
    box = tf.clip_by_value(offsets, 0, shape - 1)
    rows, columns = tf.unstack(box + start, axis=1)
    in_rows, in_columns = tf.unstack(offsets == box, axis=1)

    def taken(layer: Any) -> tf.Tensor:
        layer = tf.gather(tf.cast(layer, tf.float32), rows)
        return tf.gather(layer, columns, axis=1)

    in_box = in_rows[:, None] & in_columns
    covered = taken(mask) * tf.cast(in_box, tf.float32)
    layers = [taken(photo) / 127.5 - 1.0, covered[..., None]]
    small = tf.image.resize(
        tf.concat(layers, axis=-1), [size, size], antialias=True
    )
    # A belt may be thinner than a pixel.
    covered = small[..., 3]
    least = 0.5 * tf.minimum(tf.reduce_max(covered), 1.0)
    return small[..., :3], covered > least

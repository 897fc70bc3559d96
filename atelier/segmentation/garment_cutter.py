"""Finds the garment of a photo and cuts it out, in stock ops and Keras."""

from typing import Any

import tensorflow as tf

from atelier.segmentation.cut_out import TOO_SMALL
from atelier.segmentation.cut_out import CutOut
from atelier.segmentation.cut_out import cut_out
from atelier.segmentation.cut_out import keep_reason
from atelier.segmentation.u2netp import INPUT_SIZE
from atelier.segmentation.u2netp import u2netp

_MAX_UNDECIDED = 0.25
"""Maximum number of undecided pixels (saliency .2 to .8) per salient pixel. Of
100 photos, 94 have less than .17; 5 of the others are torn (data/README.md)."""
_SALIENT = 0.5
_OPAQUE = 0.8
"""Saliency from which a pixel is opaque; lower values let the floor shine
through at the edge."""
_MIN_ISLAND = 0.1
"""Minimum size of a separate part, such as a second shoe, relative to the
largest one."""
_MAX_HOLE = 0.01
"""Maximum size of a hole to fill, relative to the garment."""
_BLOCK = 4
"""Side of the blocks in which separate parts are found, in pixels."""


class GarmentCutter:
    """Cuts garments out of photos by the saliency of U2-Net-P.

    About 0.4 CPU seconds a photo.

    Raises:
        UserError: If the file of the weights is damaged.

    Example:
        cutter = GarmentCutter()
        cut = cutter(photo, 128)
        if cut.reason == "":
            show(cut.image)
    """

    def __init__(self) -> None:
        self._network = u2netp()

    @property
    def weights(self) -> list[tf.Variable]:
        """Variables of the network, for the module that is exported."""
        return [weight.value for weight in self._network.weights]

    def __call__(self, photo: tf.Tensor, size: int) -> CutOut:
        """Cuts the garment out of a photo.

        Args:
            photo: RGB photo in 0..255, uint8 or float32 [height, width, 3].
            size: Side of the result, in pixels.
        """
        mask, torn = opacity(self.saliency(photo))
        return cut_out(photo, mask, torn, size)

    def mask(self, photo: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Finds the garment of a photo.

        Args:
            photo: RGB photo in 0..255, uint8 or float32 [height, width, 3].

        Returns:
            True inside the garment, bool [height, width], and the reason why
            there is none, as that of a `CutOut`, a string scalar; "" if there
            is a garment of at least one pixel.
        """
        alpha, torn = opacity(self.saliency(photo))
        stretched = tf.image.resize(alpha[..., None], tf.shape(photo)[:2])
        mask = stretched[..., 0] > 0.5
        # A garment of few pixels may miss those of a tiny photo.
        reason = tf.where(
            tf.reduce_any(mask), keep_reason(alpha, torn), TOO_SMALL
        )
        return mask, reason

    def saliency(self, photo: tf.Tensor) -> tf.Tensor:
        """Returns how salient each part of a photo is.

        Args:
            photo: RGB photo in 0..255, uint8 or float32 [height, width, 3].

        Returns:
            Saliency from 0 to 1, float32 [320, 320], stretched over the photo.
        """
        shape = [INPUT_SIZE, INPUT_SIZE]
        stretched = tf.image.resize(photo, shape, antialias=True)
        saliency: Any = self._network(stretched[None], training=False)
        return saliency[0, ..., 0]


def opacity(saliency: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Turns saliency into the opacity of the garment, without islands or holes.

    Args:
        saliency: Saliency from 0 to 1, float32 [height, width]; both sides are
            multiples of 4.

    Returns:
        Opacity from 0 to 1, float32 [height, width], and whether the garment is
        torn, a bool scalar.
    """
    salient = saliency > _SALIENT
    num_salient = _count(salient)
    undecided = _count((saliency > 0.2) & (saliency < 0.8))
    torn = undecided > _MAX_UNDECIDED * num_salient
    alpha = (saliency - _SALIENT) / (_OPAQUE - _SALIENT)
    alpha = tf.clip_by_value(alpha, 0.0, 1.0)

    parts = _blocks_with(salient)
    sizes = _sizes_of_parts(parts)
    large = sizes >= tf.maximum(_MIN_ISLAND * tf.reduce_max(sizes), 1.0)
    # The frame joins the gaps at the border, which are no holes.
    gaps = tf.pad(
        _blocks_with(~salient), [[1, 1], [1, 1]], constant_values=True
    )
    sizes = _sizes_of_parts(gaps)
    holes = gaps & (sizes < _MAX_HOLE * _count(parts))
    alpha = tf.where(_pixels_of(large), alpha, 0.0)
    return tf.where(_pixels_of(holes[1:-1, 1:-1]), 1.0, alpha), torn


def _blocks_with(mask: tf.Tensor) -> tf.Tensor:
    """Returns which blocks hold a pixel of a mask, bool [rows, columns]."""
    shape = [mask.shape[0] // _BLOCK, _BLOCK, mask.shape[1] // _BLOCK, _BLOCK]
    return tf.reduce_any(tf.reshape(mask, shape), axis=(1, 3))


def _pixels_of(blocks: tf.Tensor) -> tf.Tensor:
    return tf.repeat(tf.repeat(blocks, _BLOCK, axis=0), _BLOCK, axis=1)


def _labels(mask: tf.Tensor) -> tf.Tensor:
    """Labels the connected parts of a mask, diagonal neighbors included.

    Each pixel takes the largest label among its neighbors until nothing
    changes; stock TensorFlow has no op for connected components.

    Returns:
        Labels, int32 [rows, columns], from 1; 0 outside of the mask.
    """
    inside = tf.cast(mask, tf.float32)[None, ..., None]
    numbers = tf.range(1, tf.size(mask) + 1)
    numbers = tf.cast(tf.reshape(numbers, tf.shape(inside)), tf.float32)

    def spread(labels: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        wider = tf.nn.max_pool2d(labels, 3, 1, "SAME") * inside
        return wider, tf.reduce_any(wider != labels)

    labels, _ = tf.while_loop(
        lambda _, changed: changed, spread, (numbers * inside, True)
    )
    return tf.cast(labels[0, ..., 0], tf.int32)


def _sizes_of_parts(mask: tf.Tensor) -> tf.Tensor:
    """Returns the size of the part that each pixel belongs to, else 0.

    Returns:
        Sizes in pixels, float32 [rows, columns].
    """
    labels = _labels(mask)
    sizes = tf.math.unsorted_segment_sum(
        tf.cast(mask, tf.float32), labels, tf.size(mask) + 1
    )
    return tf.gather(sizes, labels)


def _count(mask: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(mask, tf.float32))

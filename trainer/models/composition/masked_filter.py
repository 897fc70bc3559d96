"""Filters of the pixels inside a mask, in ops of any image size."""

from typing import Any

import tensorflow as tf

_TRUNCATE = 3.0
"""Half width of the Gaussian kernel, in standard deviations."""


def blur(values: Any, sigma: Any) -> tf.Tensor:
    """Applies a Gaussian blur to each channel; borders are mirrored.

    A product with a matrix for each axis: wide kernels cost as little as
    narrow ones, and the images of this package are small.

    Args:
        values: Image, float32 [height, width, channels].
        sigma: Standard deviation, in pixels, a number or float32 scalar.

    Returns:
        The blurred image, float32 [height, width, channels].
    """
    height, width, _ = tf.unstack(tf.shape(values))
    channels = tf.transpose(values, [2, 0, 1])
    rows = tf.matmul(_gaussian(height, sigma), channels)
    both = tf.matmul(rows, _gaussian(width, sigma), transpose_b=True)
    return tf.transpose(both, [1, 2, 0])


def masked_blur(values: Any, weights: Any, sigma: Any) -> tf.Tensor:
    """Applies a Gaussian blur that sees only the weighted pixels.

    This is normalized convolution: blur(w x) / blur(w).

    Args:
        values: Image, float32 [height, width, channels].
        weights: Weights w, float32 [height, width, 1].
        sigma: Standard deviation, in pixels, a number or float32 scalar.

    Returns:
        The blurred image, float32 [height, width, channels].
    """
    total = tf.maximum(blur(weights, sigma), 1e-6)
    return blur(values * weights, sigma) / total


masked_blur_in_graph = tf.function(
    masked_blur,
    input_signature=[
        tf.TensorSpec([None, None, 1], tf.float32),
        tf.TensorSpec([None, None, 1], tf.float32),
        tf.TensorSpec([], tf.float32),
    ],
    autograph=False,
)
"""`masked_blur` of one channel, several times as fast outside of a graph."""


def dilate(mask: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
    """Widens a mask by the four neighbors of its pixels, several times.

    Args:
        mask: Mask, bool [height, width].
        steps: Number of times, int32 scalar.

    Returns:
        The wider mask, bool [height, width].
    """

    def widen(step: tf.Tensor, wide: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        across = tf.nn.max_pool2d(wide, (1, 3), 1, "SAME")
        down = tf.nn.max_pool2d(wide, (3, 1), 1, "SAME")
        return step + 1, tf.maximum(across, down)

    start = tf.cast(mask, tf.float32)[None, ..., None]
    _, wide = tf.while_loop(lambda step, _: step < steps, widen, (0, start))
    return wide[0, ..., 0] > 0.5


def erode(mask: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
    """Narrows a mask as `dilate` widens it; outside of the image it is False.

    Args:
        mask: Mask, bool [height, width].
        steps: Number of times, int32 scalar.

    Returns:
        The narrower mask, bool [height, width].
    """
    framed = tf.pad(~mask, [[1, 1], [1, 1]], constant_values=True)
    return ~dilate(framed, steps)[1:-1, 1:-1]


def nearest_known(known: tf.Tensor) -> tf.Tensor:
    """Finds the known pixel nearest to each pixel of an image.

    The squared distance is separable: of the nearest known pixels of all
    columns, at a distance of g rows, the one with the smallest g^2 + (x - x')^2
    is taken. The column is kept in the same number, so that a minimum is enough
    (Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled
    functions", section 2.1, without the envelope, which takes many small ops).

    Args:
        known: True for the known pixels, at least one, bool [height, width].

    Returns:
        Row and column of the nearest known pixel, the upper and then the left
        one of equally near ones, int32 [height, width, 2].
    """
    # Float64 holds the distances exactly, and has a fast minimum.
    height, width = tf.unstack(tf.cast(tf.shape(known), tf.float64))
    y = tf.range(height)[:, None]
    x = tf.range(width)
    none = -2.0 * (height + width)
    above = _running_max(tf.where(known, y, none))
    below = -_running_max(tf.where(known, -y, none)[::-1])[::-1]
    row = tf.where(below - y < y - above, below, above)
    costs = width * (row - y) ** 2 + x
    apart = width * (x[:, None] - x) ** 2
    best = tf.map_fn(lambda cost: tf.reduce_min(apart + cost, axis=1), costs)
    column = tf.cast(tf.math.floormod(best, width), tf.int32)
    row = tf.gather(tf.cast(row, tf.int32), column, batch_dims=1)
    return tf.stack([row, column], axis=-1)


def pixels(fraction: float, size: tf.Tensor) -> tf.Tensor:
    """Returns a fraction of a size in whole pixels, int32 scalar.

    Args:
        fraction: Fraction of the size.
        size: Size, in pixels, int32 scalar.
    """
    return tf.cast(tf.round(fraction * tf.cast(size, tf.float64)), tf.int32)


def _gaussian(size: tf.Tensor, sigma: Any) -> tf.Tensor:
    """Returns the matrix of a blur with mirrored borders, [size, size]."""
    index = tf.range(tf.cast(size, tf.float32))
    period = 2.0 * tf.cast(size, tf.float32)
    apart = index[:, None] - index
    mirrored = index[:, None] + index + 1.0
    radius = tf.floor(_TRUNCATE * sigma + 0.5)

    def weights(distances: tf.Tensor) -> tf.Tensor:
        scaled = distances / tf.maximum(sigma, 1e-6)
        inside = tf.abs(distances) <= radius
        return tf.where(inside, tf.exp(-0.5 * scaled**2), 0.0)

    total = (
        weights(apart)
        + weights(apart - period)
        + weights(apart + period)
        + weights(mirrored)
        + weights(mirrored - period)
    )
    return total / tf.reduce_sum(total, axis=1, keepdims=True)


def _running_max(values: tf.Tensor) -> tf.Tensor:
    """Returns the maximum of each value and those above it, [height, width]."""

    def widen(
        maxima: tf.Tensor, reach: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        above = tf.pad(
            maxima[:-reach],
            [[reach, 0], [0, 0]],
            constant_values=tf.float64.min,
        )
        return tf.maximum(maxima, above), 2 * reach

    maxima, _ = tf.while_loop(
        lambda _, reach: reach < tf.shape(values)[0],
        widen,
        (values, 1),
        shape_invariants=(tf.TensorShape([None, None]), tf.TensorShape([])),
    )
    return maxima

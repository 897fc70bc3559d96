"""Differentiable resizing of square images."""

from typing import Any

from keras import ops


def resized(images: Any, side: int) -> Any:
    """Resizes images, in a graph as well, with a gradient.

    Bilinear; where they become smaller, with a wider filter, so that nothing
    is skipped (Parmar et al. 2022, "On aliased resizing").

    Args:
        images: float [n, size, size, 3].
        side: What they become, in pixels.

    Returns:
        float [n, side, side, 3].
    """
    size = images.shape[1]
    if size == side:
        return images
    return ops.image.resize(
        images, (side, side), interpolation="bilinear", antialias=side < size
    )

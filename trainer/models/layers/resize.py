"""Differentiable resizing of square images."""

from typing import Any

from keras import ops


def resized(images: Any, side: int) -> Any:
    """Resizes images differentiably; also works in graph mode.

    Bilinear interpolation, with antialiasing when downsampling, so that no
    pixel is skipped (Parmar et al. 2022, "On aliased resizing").

    Args:
        images: Square images, float [n, size, size, channels].
        side: New side, in pixels.

    Returns:
        Resized images, float [n, side, side, channels].
    """
    size = images.shape[1]
    if size == side:
        return images
    return ops.image.resize(
        images, (side, side), interpolation="bilinear", antialias=side < size
    )

"""Differentiable augmentation of all images that the discriminator sees.

The discriminator cannot memorize a small data set. Generated and real images
are augmented alike, so the generator does not learn the augmentations.

Source: Zhao, Liu, Lin, Zhu and Han, "Differentiable augmentation for
data-efficient GAN training", NeurIPS 2020. Padding is white here, like the
margins of catalog images.
"""

from collections.abc import Sequence
from typing import Any

from keras import ops

DRAWS = 7
"""Number of random values per image."""
SHIFT = 1 / 8
"""Largest translation, as a fraction of the image side."""
HOLE = 1 / 2
"""Side of the cutout square, as a fraction of the image side."""
_WHITE = 1.0


def diff_augment(images: Any, draws: Any, changes: Sequence[str]) -> Any:
    """Augments images, each with its own random values.

    Args:
        images: Images in [-1, 1], float [batch, size, size, 3].
        draws: Uniform random values in [0, 1), float [batch, DRAWS].
        changes: Names of the augmentations to apply, keys of `CHANGES`.

    Returns:
        Augmented images, float of the same shape; color changes may slightly
        leave [-1, 1].
    """
    for name in CHANGES:
        if name in changes:
            images = CHANGES[name](images, draws)
    return images


def _recolour(images: Any, draws: Any) -> Any:
    """Changes brightness, saturation and contrast."""
    brightness, saturation, contrast = (
        draws[:, index, None, None, None] for index in range(3)
    )
    images = images + brightness - 0.5
    grey = ops.mean(images, axis=3, keepdims=True)
    images = grey + (images - grey) * 2 * saturation
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return mean + (images - mean) * (contrast + 0.5)


def _translate(images: Any, draws: Any) -> Any:
    """Shifts by whole pixels along each axis, in either direction."""
    size = images.shape[1]
    most = round(SHIFT * size)
    shifts = ops.floor(draws[:, 3:5] * (2 * most + 1)) - most
    pixels = ops.arange(size, dtype="float32")
    # Matrices that shift rows and columns; pixels from outside become 0.
    down, right = (
        ops.cast(
            ops.equal(
                pixels[None, :, None] - shifts[:, axis, None, None], pixels
            ),
            images.dtype,
        )
        for axis in range(2)
    )
    ink = ops.einsum("bij,bjkc->bikc", down, images - _WHITE)
    return _WHITE + ops.einsum("bij,bkjc->bkic", right, ink)


def _cut_out(images: Any, draws: Any) -> Any:
    """Fills a square with white; it may extend beyond the border."""
    size = images.shape[1]
    middles = ops.floor(draws[:, 5:7] * (size + 1))
    pixels = ops.arange(size, dtype="float32")
    # Pixel centers are at + 0.5; the middle of the square is on a pixel border.
    distances = ops.abs(pixels + 0.5 - middles[:, :, None])
    inside = ops.cast(distances < HOLE * size / 2, images.dtype)
    hole = inside[:, 0, :, None, None] * inside[:, 1, None, :, None]
    return images + hole * (_WHITE - images)


CHANGES = {"colour": _recolour, "translation": _translate, "cutout": _cut_out}
"""Augmentations by their `--augmentation` name, in order of application."""

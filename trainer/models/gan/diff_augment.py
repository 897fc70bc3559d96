"""Changes to all that the discriminator sees, with gradients through them.

It can then not learn the few photos by heart; and as designs are changed just
as photos are, the generator does not learn to draw the changes.

Source: Zhao, Liu, Lin, Zhu and Han, "Differentiable augmentation for
data-efficient GAN training", NeurIPS 2020. What comes in from outside is white
here, as the margins of photos.
"""

from collections.abc import Sequence
from typing import Any

from keras import ops

DRAWS = 7
"""Numbers that an image is changed by."""
SHIFT = 1 / 8
"""The largest, as a share of the side."""
HOLE = 1 / 2
"""Side of what is cut out, as a share of that of the image."""
_WHITE = 1.0


def diff_augment(images: Any, draws: Any, changes: Sequence[str]) -> Any:
    """Changes images, each by a draw of its own.

    Args:
        images: float [batch, size, size, 3] in [-1, 1].
        draws: Uniform in [0, 1), float [batch, DRAWS].
        changes: Names of `CHANGES`.

    Returns:
        float of the same shape, a little out of [-1, 1] where colours change.
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
    """Shifts by whole pixels down and to the right, or up and to the left."""
    size = images.shape[1]
    most = round(SHIFT * size)
    shifts = ops.floor(draws[:, 3:5] * (2 * most + 1)) - most
    pixels = ops.arange(size, dtype="float32")
    # Times these, rows and columns move; those that come from outside are 0.
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
    """Makes a square white, which may lie across the border."""
    size = images.shape[1]
    middles = ops.floor(draws[:, 5:7] * (size + 1))
    pixels = ops.arange(size, dtype="float32")
    # From middle to middle of pixels that lie on either side of a border.
    distances = ops.abs(pixels + 0.5 - middles[:, :, None])
    inside = ops.cast(distances < HOLE * size / 2, images.dtype)
    hole = inside[:, 0, :, None, None] * inside[:, 1, None, :, None]
    return images + hole * (_WHITE - images)


CHANGES = {"colour": _recolour, "translation": _translate, "cutout": _cut_out}
"""By the name that `--augmentation` takes, in the order of their use."""

"""Redraw loss: a generator shall reproduce an image from its latent code.

It shows the generator from the first step on what images look like, long before
the discriminator does, and keeps each of them within its range.

Source: reconstruction by features and pixels, Larsen et al., "Autoencoding
beyond pixels using a learned similarity metric", ICML 2016. Here the codes are
fixed (`trainer/gan/codes.py`), and features are those of the discriminator.
"""

from typing import Any

import keras
from keras import ops

_COARSE = 16
"""Side of the coarse images, in pixels."""


def redraw_loss(made: Any, photos: Any, made_look: Any, photo_look: Any) -> Any:
    """Returns how far redrawn images are from their photos.

    Rows 0, 2, ... are redrawn. With d the mean absolute difference of an image
    and its photo, and a that of a photo and the next one of the batch,

        mean over feature maps of mean(d) / mean(a)
        + mean over image sizes of mean(d) / mean(a)

    Args:
        made: Generated images, float [batch, size, size, 3].
        photos: Real images, of the same shape.
        made_look: Input of the discriminator's heads for the augmented
            generated images: one map or several, float [batch, h, w, width]
            each.
        photo_look: The same of the real images, augmented alike.

    Returns:
        A scalar, 0 if all photos are reproduced, about 2 for other photos.
    """
    pixels = [(made, photos), (_coarse(made), _coarse(photos))]
    flat = (keras.tree.flatten(one) for one in (made_look, photo_look))
    looks = list(zip(*flat, strict=True))
    return _relative(looks) + _relative(pixels)


def _relative(pairs: list[tuple[Any, Any]]) -> Any:
    """Returns the mean relative difference of maps and their targets."""
    parts = [
        _difference(made[::2], photos[::2])
        / (_difference(photos, ops.roll(photos, 1, axis=0)) + 1e-6)
        for made, photos in pairs
    ]
    return sum(parts) / len(parts)


def _difference(some: Any, others: Any) -> Any:
    return ops.mean(ops.abs(some - others))


def _coarse(images: Any) -> Any:
    pixels = max(1, images.shape[1] // _COARSE)
    return ops.average_pool(images, pixels, pixels)

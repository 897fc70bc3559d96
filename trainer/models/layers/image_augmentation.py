"""Random augmentation of item images in training."""

from typing import Any

import keras
from keras import layers
from keras import ops

# Largest changes, at strength 1.
ZOOM = 0.2
SHIFT = 0.1
"""Largest shift, as a fraction of the image side."""
INK = 0.3
SATURATION = 0.3

_WHITE = 255
_LUMINANCE = (0.299, 0.587, 0.114)


@keras.saving.register_keras_serializable(package="atelier")
class Augmentation(layers.Layer):
    """Mirrors, zooms, shifts and recolors images; in training only.

    One lookup per pixel moves an image and one 3 x 3 matrix recolors it, which
    takes an eighth of the time of the Keras layers for the same on a CPU.

    Example:
        augmentation = Augmentation(strength=0.5)
        augmented = augmentation(images, training=True)

    Args:
        strength: Strength of the changes; 0 for none. At 1, half of the images
            are mirrored, and images are zoomed by up to a fifth, shifted by up
            to a tenth of their side along each axis, and changed in brightness
            and saturation by up to 0.3.
        **kwargs: Further arguments of `keras.layers.Layer`.
    """

    def __init__(self, strength: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.strength = strength
        self.seed_generator = keras.random.SeedGenerator()

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "strength": self.strength}

    def call(self, photos: Any, training: bool = False) -> Any:
        """Augments images in training, and casts them to the compute dtype.

        Args:
            photos: RGB images in 0..255, uint8 or float [batch, size, size, 3].
            training: Whether to augment the images.

        Returns:
            Images in 0..255, float [batch, size, size, 3].
        """
        if training and self.strength:
            draws = keras.random.uniform(
                (ops.shape(photos)[0], 6), -1.0, 1.0, seed=self.seed_generator
            )
            mirror, zoom, down, right, ink, saturation = ops.unstack(
                draws, axis=1
            )
            strength = self.strength
            photos = move(
                photos,
                mirrored=mirror < 0,
                zoom=1 + ZOOM * strength * zoom,
                shift=SHIFT * strength * ops.stack([down, right], axis=1),
            )
            photos = recolor(
                ops.cast(photos, self.compute_dtype),
                ink=1 + INK * strength * ink,
                saturation=1 + SATURATION * strength * saturation,
            )
        return ops.cast(photos, self.compute_dtype)


def move(photos: Any, mirrored: Any, zoom: Any, shift: Any) -> Any:
    """Mirrors, zooms and shifts images, with nearest-neighbor lookup.

    Pixels from outside are white, like the margins of prepared images.

    Args:
        photos: RGB images in 0..255, any dtype [batch, size, size, 3].
        mirrored: Whether to swap left and right, bool [batch].
        zoom: Zoom factor; above 1 enlarges about the center, float [batch].
        shift: Shifts down and to the right, as fractions of the side, float
            [batch, 2].

    Returns:
        Images of the same shape and dtype.
    """
    size = photos.shape[1]
    middle = (size - 1) / 2
    from_middle = ops.arange(size, dtype="float32")[None] - middle
    # Source row and column of each pixel of the result.
    rows, columns = (
        (from_middle - size * shift[:, axis, None]) / zoom[:, None]
        for axis in range(2)
    )
    columns = ops.where(mirrored[:, None], -columns, columns)
    # Positions outside are clipped to a white frame of one pixel.
    framed = ops.pad(
        photos, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=_WHITE
    )
    rows, columns = (
        ops.cast(
            ops.clip(ops.round(positions + middle) + 1, 0, size + 1), "int32"
        )
        for positions in (rows, columns)
    )
    numbers = ops.arange(ops.shape(photos)[0], dtype="int32")[:, None]
    lines = (numbers * (size + 2) + rows) * (size + 2)
    return ops.take(
        ops.reshape(framed, (-1, 3)),
        lines[:, :, None] + columns[:, None, :],
        axis=0,
    )


def recolor(photos: Any, ink: Any, saturation: Any) -> Any:
    """Changes brightness and saturation of images; white stays white.

    Both scale a distance: brightness the distance from white, like more or less
    ink on paper, and saturation the distance from gray of the same luminance.

    Args:
        photos: RGB images in 0..255, float [batch, size, size, 3].
        ink: Factor of the distance from white; above 1 darkens, float [batch].
        saturation: Factor of the saturation, float [batch].

    Returns:
        Images in 0..255, float of the same shape.
    """
    dtype = photos.dtype
    gray = ops.broadcast_to(
        ops.array(_LUMINANCE, dtype)[:, None], (3, 3)
    )  # A color times this matrix is its gray.
    saturation = ops.cast(saturation, dtype)[:, None, None]
    ink = ops.cast(ink, dtype)[:, None, None]
    matrix = ink * (
        saturation * ops.eye(3, dtype=dtype) + (1 - saturation) * gray
    )
    pixels = ops.reshape(_WHITE - photos, (-1, photos.shape[1] ** 2, 3))
    changed = ops.reshape(ops.matmul(pixels, matrix), ops.shape(photos))
    return _WHITE - ops.clip(changed, 0, _WHITE)

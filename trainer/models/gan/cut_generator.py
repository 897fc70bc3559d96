"""Generator of cuts: the shape and the shading of a garment, without color."""

from typing import Any
from typing import NamedTuple

import keras
from keras import layers
from keras import ops

from trainer.models.composition.gray_garment import MAX_SHADING
from trainer.models.composition.gray_garment import gray_garment
from trainer.models.gan.residual_generator import ResidualGenerator

_SHARPNESS = 3.0
"""Factor of the logits of the opacity, so that edges are narrow."""


class GeneratedCuts(NamedTuple):
    """Layers of generated cuts.

    Attributes:
        alpha: Opacity of the garment, float32 [batch, size, size, 1] in
            [0, 1].
        shading: Logarithm of the light, float32 [batch, size, size, 1] within
            `MAX_SHADING` of 0.
    """

    alpha: Any
    shading: Any


@keras.saving.register_keras_serializable(package="atelier")
class CutGenerator(ResidualGenerator):
    """Light residual generator of two layers instead of three colors.

    Color and cloth vary more than shape does, and a real cloth is sharp in any
    size; so the network generates the shape alone, and `compose` adds the
    cloth. The last maps have half the side of the image, and `width` channels;
    each smaller map has as many more. A pixel of the last maps becomes a square
    of 2 x 2 (Shi et al., "Real-time single image and video super-resolution
    using an efficient sub-pixel CNN", CVPR 2016).

    Example:
        generator = CutGenerator(6, image_size=64, z_dim=48, width=48)
        cuts = generator.cuts(z, category)
        gray_images = generator(z, category, training=False)
    """

    CATEGORY_DIM = 16

    @staticmethod
    def _channels(image_size: int, width: int) -> list[int]:
        number = (image_size // 8).bit_length()
        return [width * count for count in range(number, 0, -1)]

    @staticmethod
    def _last_layer() -> layers.Layer:
        return layers.Conv2D(8, 3, padding="same")

    def cuts(
        self, z: Any, category: Any, training: bool = False
    ) -> GeneratedCuts:
        """Generates the layers of cuts.

        Args:
            z: Latent vectors, float [batch, z_dim].
            category: Category ids, int [batch].
            training: Whether to use batch statistics.
        """
        pixels = _to_pixels(super().call(z, category, training))
        return GeneratedCuts(
            ops.sigmoid(_SHARPNESS * pixels[..., :1]),
            MAX_SHADING * ops.tanh(pixels[..., 1:]),
        )

    def call(self, z: Any, category: Any, training: bool = False) -> Any:
        """Generates the images of cuts in gray cloth.

        Args:
            z: Latent vectors, float [batch, z_dim].
            category: Category ids, int [batch].
            training: Whether to use batch statistics.

        Returns:
            Images in [-1, 1], float [batch, size, size, 3].
        """
        return gray_garment(*self.cuts(z, category, training))


def _to_pixels(maps: Any) -> Any:
    """Turns the 8 channels of each pixel into 2 x 2 pixels of 2 channels."""
    side = maps.shape[1]
    squares = ops.reshape(maps, (-1, side, side, 2, 2, 2))
    rows = ops.transpose(squares, (0, 1, 3, 2, 4, 5))
    return ops.reshape(rows, (-1, 2 * side, 2 * side, 2))

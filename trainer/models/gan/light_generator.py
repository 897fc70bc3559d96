"""A light residual generator with an encoder of images."""

from typing import Any

import keras
from keras import ops

from trainer.models.gan.category_gaussian import CategoryGaussian
from trainer.models.gan.image_encoder import ImageEncoder
from trainer.models.gan.residual_generator import ResidualGenerator

_THIRDS = (3, 6, 8, 12)
"""Channels of the maps in thirds of `width`, the largest map first; all smaller
maps have those of the last."""


@keras.saving.register_keras_serializable(package="atelier")
class LightGenerator(ResidualGenerator):
    """Residual blocks from a map of 4 x 4 to an image, each doubling its side.

    The largest map has half the side of the image, and four pixels of the image
    in each of its positions. The code of an image and an embedding of the
    category determine the first map, and gain and offset of every
    normalization. An encoder gives the code of an image, which the generator
    draws again; the codes of new images are of a Gaussian per category.

    Source: the generator of Brock, Donahue and Simonyan, "Large scale GAN
    training", ICLR 2019, with transposed convolutions instead of upsampled
    maps, which take fewer multiplications for the same; Shi et al., "Real-time
    single image super-resolution", CVPR 2016 (the last map).

    Example:
        generator = LightGenerator(6, image_size=64, z_dim=96, width=48)
        images = generator(z, category, training=False)
        z = generator.encode(photos, category)

    Args:
        num_categories: Number of categories.
        image_size: Side of the images, in pixels: 8 times a power of two.
        z_dim: Dimension of z and of the codes.
        width: Channels of the largest map, a multiple of 3 for round numbers.
        name: Name of the model.
        **kwargs: Further arguments of `keras.Model`.
    """

    last_channels = 12
    """Channels of the last convolution: four pixels of three colors."""

    def __init__(
        self,
        num_categories: int,
        image_size: int,
        z_dim: int,
        width: int,
        name: str = "generator",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            num_categories, image_size, z_dim, width, name=name, **kwargs
        )
        self.encoder = ImageEncoder(image_size, z_dim)
        self.prior = CategoryGaussian(num_categories, z_dim)

    def call(self, z: Any, category: Any, training: bool = False) -> Any:
        """Generates images.

        Args:
            z: Latent vectors, float [batch, z_dim].
            category: Category ids, int [batch].
            training: Whether to use batch statistics.

        Returns:
            Images in [-1, 1], float [batch, size, size, 3].
        """
        return self.decode(self.prior(z, category), category, training)

    def encode(self, images: Any, category: Any) -> Any:
        """Returns the z of images, float [batch, z_dim].

        Args:
            images: Images in [-1, 1], float [batch, size, size, 3].
            category: Category ids, int [batch].
        """
        return self.prior.whiten(self.encoder(images), category)

    def decode(self, codes: Any, category: Any, training: bool = False) -> Any:
        """Generates the images of codes.

        Args:
            codes: Codes, float [batch, z_dim].
            category: Category ids, int [batch].
            training: Whether to use batch statistics.

        Returns:
            Images in [-1, 1], float [batch, size, size, 3].
        """
        return _unfold(self.last(self.last_map(codes, category, training)))

    def map_channels(self) -> list[int]:
        """Returns the channels of all feature maps, the smallest map first."""
        num_maps = (self._image_size // 4).bit_length() - 1
        thirds = [*_THIRDS, *num_maps * _THIRDS[-1:]][:num_maps]
        return [self._width * number // 3 for number in reversed(thirds)]


def _unfold(x: Any) -> Any:
    """Turns maps of 12 channels into images of twice the side."""
    side = x.shape[1]
    x = ops.reshape(x, (-1, side, side, 2, 2, 3))
    return ops.reshape(
        ops.transpose(x, (0, 1, 3, 2, 4, 5)), (-1, 2 * side, 2 * side, 3)
    )

"""The generator of the paper's released code."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.gan.norms import batch_norm

WIDTHS = (4, 4, 2, 1, 0.5, 0.25)
"""Channels of the maps of 8 to 256 pixels, as multiples of those at 64."""
_DOUBLED = 2
"""Number of the smallest maps that have a second layer."""


@keras.saving.register_keras_serializable(package="atelier")
class PaperGenerator(keras.Model):
    """Transposed convolutions from a map of 4 x 4 to an image.

    The category is a one-hot vector concatenated to z. At 64 pixels and width
    64 it equals the released code: 3,811,075 trainable weights with six
    categories, 3,814,019 with the statistics of batch normalization. Larger
    images have further layers of half the width; the released code supports
    only 64 pixels.

    Source: Kang, Fang, Wang and McAuley 2017, with its released code.

    Example:
        generator = PaperGenerator(6, image_size=64, z_dim=100, width=64)
        images = generator(z, category, training=False)

    Args:
        num_categories: Number of categories.
        image_size: Side of the images, in pixels: 4 times a power of two.
        z_dim: Width of the latent vector z.
        width: Channels of the map of 64 pixels.
        name: Name of the model.
        **kwargs: Further arguments of `keras.Model`.
    """

    def __init__(
        self,
        num_categories: int,
        image_size: int,
        z_dim: int,
        width: int,
        name: str = "generator",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._num_categories = num_categories
        self._image_size = image_size
        self._z_dim = z_dim
        self._width = width
        first = round(WIDTHS[0] * width)
        blocks = [
            layers.Dense(4 * 4 * first, kernel_initializer=_normal()),
            layers.Reshape((4, 4, first)),
            *_norm(),
        ]
        for index in range((image_size // 4).bit_length() - 1):
            channels = max(1, round(WIDTHS[index] * width))
            blocks += [_deconv(channels, 2), *_norm()]
            if index < _DOUBLED:
                blocks += [_deconv(channels, 1), *_norm()]
        blocks += [_deconv(3, 1), layers.Activation("tanh")]
        self.network = keras.Sequential(blocks)
        self.network.build((None, z_dim + num_categories))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "num_categories": self._num_categories,
            "image_size": self._image_size,
            "z_dim": self._z_dim,
            "width": self._width,
        }

    def call(self, z: Any, category: Any, training: bool = False) -> Any:
        """Generates images.

        Args:
            z: Latent vectors, float [batch, z_dim].
            category: Category ids, int [batch].
            training: Whether to use batch statistics.

        Returns:
            Images in [-1, 1], float [batch, size, size, 3].
        """
        one_hot = ops.one_hot(category, self._num_categories, dtype=z.dtype)
        return self.network(
            ops.concatenate([z, one_hot], axis=1), training=training
        )


def _deconv(channels: int, strides: int) -> layers.Layer:
    return layers.Conv2DTranspose(
        channels, 3, strides, padding="same", kernel_initializer=_normal()
    )


def _norm() -> list[layers.Layer]:
    return [batch_norm(), layers.LeakyReLU(0.2)]


def _normal() -> keras.Initializer:
    return keras.initializers.RandomNormal(stddev=0.02)

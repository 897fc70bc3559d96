"""A light residual generator, conditioned on z and category in each block."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.gan.norms import ConditionalNorm

WIDEST = 8
"""Largest number of channels of a map, as a multiple of the last map's."""


@keras.saving.register_keras_serializable(package="atelier")
class ResidualGenerator(keras.Model):
    """Residual blocks from a map of 4 x 4 to an image, each doubling its side.

    z and an embedding of the category determine the first map, and gain and
    offset of every normalization.

    Source: the generator of Brock, Donahue and Simonyan, "Large scale GAN
    training", ICLR 2019, with transposed convolutions instead of upsampled
    maps, which take fewer multiplications for the same.

    Example:
        generator = ResidualGenerator(6, image_size=64, z_dim=64, width=32)
        images = generator(z, category, training=False)

    Args:
        num_categories: Number of categories.
        image_size: Side of the images, in pixels: 4 times a power of two.
        z_dim: Width of the latent vector z.
        width: Channels of the largest map.
        name: Name of the model.
        **kwargs: Further arguments of `keras.Model`.

    Attributes:
        CATEGORY_DIM: Width of the embedding of the category.
    """

    CATEGORY_DIM = 64

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
        condition_dim = z_dim + self.CATEGORY_DIM
        self.embedding = layers.Embedding(
            num_categories,
            self.CATEGORY_DIM,
            # The same standard deviation as z.
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        self.embedding.build()
        channels, *widths = self._channels(image_size, width)
        self.first = keras.Sequential(
            [layers.Dense(16 * channels), layers.Reshape((4, 4, channels))]
        )
        self.first.build((None, condition_dim))
        self.blocks = []
        for wanted in widths:
            self.blocks.append(ResidualBlock(channels, wanted, condition_dim))
            channels = wanted
        self.last_norm = ConditionalNorm(channels, condition_dim)
        self.last = self._last_layer()
        self.last.build((None, None, None, channels))
        self.built = True

    @staticmethod
    def _channels(image_size: int, width: int) -> list[int]:
        """Returns the channels of the map of 4 x 4, and of each block."""
        number = (image_size // 4).bit_length() - 1
        widths = [
            width * min(WIDEST, 1 << index)
            for index in range(number - 1, -1, -1)
        ]
        return [widths[0], *widths]

    @staticmethod
    def _last_layer() -> layers.Layer:
        """Returns the layer that makes the image of the last maps."""
        return layers.Conv2D(3, 3, padding="same", activation="tanh")

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
        condition = ops.concatenate([z, self.embedding(category)], axis=1)
        x = self.first(condition)
        for block in self.blocks:
            x = block(x, condition, training=training)
        x = ops.relu(self.last_norm(x, condition, training=training))
        return self.last(x)


@keras.saving.register_keras_serializable(package="atelier")
class ResidualBlock(layers.Layer):
    """Residual block that doubles the side of feature maps.

    Example:
        block = ResidualBlock(channels=64, wanted=32, condition_dim=128)
        y = block(x, condition, training=True)

    Args:
        channels: Channels of the input.
        wanted: Channels of the output.
        condition_dim: Width of the condition.
        name: Name of the layer.
        **kwargs: Further arguments of `keras.layers.Layer`.
    """

    def __init__(
        self,
        channels: int,
        wanted: int,
        condition_dim: int,
        name: str = "block",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._config = {
            "channels": channels,
            "wanted": wanted,
            "condition_dim": condition_dim,
        }
        self.norms = [
            ConditionalNorm(channels, condition_dim),
            ConditionalNorm(wanted, condition_dim),
        ]
        self.enlarge = layers.Conv2DTranspose(
            wanted, 4, 2, padding="same", use_bias=False
        )
        self.conv = layers.Conv2D(wanted, 3, padding="same")
        self.shortcut = layers.Conv2D(wanted, 1, use_bias=False)
        self.repeat = layers.UpSampling2D()
        self.enlarge.build((None, None, None, channels))
        self.conv.build((None, None, None, wanted))
        self.shortcut.build((None, None, None, channels))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), **self._config}

    def call(self, x: Any, condition: Any, training: bool = False) -> Any:
        """Returns maps of twice the side, float [batch, 2 h, 2 w, wanted]."""
        y = ops.relu(self.norms[0](x, condition, training=training))
        y = ops.relu(
            self.norms[1](self.enlarge(y), condition, training=training)
        )
        return self.conv(y) + self.repeat(self.shortcut(x))

"""A light residual generator, which z and category steer at every map."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.gan.norms import ConditionalNorm

WIDEST = 8
"""The smallest maps have so many times the channels of the largest."""
_CATEGORY_DIM = 64


class ResidualGenerator(keras.Model):
    """Residual blocks from a map of 4 x 4 to an image, each doubling its side.

    z and an embedding of the category give the first map, and the gains of
    every normalisation.

    Source: the generator of Brock, Donahue and Simonyan, "Large scale GAN
    training", ICLR 2019, with transposed convolutions in the place of enlarged
    maps, which take fewer multiplications for the same.

    Args:
        num_categories: How many there are.
        image_size: Side of the images, in pixels: 4 times a power of two.
        z_dim: Numbers that an image is drawn from.
        width: Channels of the largest map.
    """

    def __init__(
        self, num_categories: int, image_size: int, z_dim: int, width: int
    ) -> None:
        super().__init__(name="generator")
        condition_dim = z_dim + _CATEGORY_DIM
        self.embedding = layers.Embedding(
            num_categories,
            _CATEGORY_DIM,
            # As large as z.
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        self.embedding.build()
        number = (image_size // 4).bit_length() - 1
        widths = [
            width * min(WIDEST, 1 << index)
            for index in range(number - 1, -1, -1)
        ]
        channels = widths[0]
        self.first = keras.Sequential(
            [layers.Dense(16 * channels), layers.Reshape((4, 4, channels))]
        )
        self.first.build((None, condition_dim))
        self.blocks = []
        for wanted in widths:
            self.blocks.append(_Block(channels, wanted, condition_dim))
            channels = wanted
        self.last_norm = ConditionalNorm(channels, condition_dim)
        self.last = layers.Conv2D(3, 3, padding="same", activation="tanh")
        self.last.build((None, None, None, channels))
        self.built = True

    def call(self, z: Any, category: Any, training: bool = False) -> Any:
        """Draws images.

        Args:
            z: float [batch, z_dim].
            category: Indices of categories, int [batch].
            training: Whether statistics of the batch are used.

        Returns:
            float [batch, size, size, 3] in [-1, 1].
        """
        condition = ops.concatenate([z, self.embedding(category)], axis=1)
        x = self.first(condition)
        for block in self.blocks:
            x = block(x, condition, training=training)
        x = ops.relu(self.last_norm(x, condition, training=training))
        return self.last(x)


class _Block(layers.Layer):
    """Doubles the side of maps.

    Args:
        channels: Of what comes in.
        wanted: Channels of what goes out.
        condition_dim: Width of the condition.
    """

    def __init__(self, channels: int, wanted: int, condition_dim: int) -> None:
        super().__init__(name="block")
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

    def call(self, x: Any, condition: Any, training: bool = False) -> Any:
        """Returns maps of twice the side, float [batch, h, w, wanted]."""
        y = ops.relu(self.norms[0](x, condition, training=training))
        y = ops.relu(
            self.norms[1](self.enlarge(y), condition, training=training)
        )
        return self.conv(y) + self.repeat(self.shortcut(x))

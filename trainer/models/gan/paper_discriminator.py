"""The discriminator of the paper's released code."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.gan.norms import batch_norm

WIDTHS = (1, 2, 4, 8)
"""Channels of the layers as multiples of the first; the last one repeats."""


@keras.saving.register_keras_serializable(package="atelier")
class PaperDiscriminator(keras.Model):
    """Strided convolutions down to a map of 4 x 4, and one linear unit.

    The category is a one-hot vector at every position of the input of each
    convolution. At 64 pixels and width 64 it equals the released code:
    4,460,545 trainable weights with six categories. Larger images have further
    layers.

    Source: Kang, Fang, Wang and McAuley 2017, with its released code; the
    hidden units are from the paper's text.

    Example:
        discriminator = PaperDiscriminator(6, image_size=64, width=64)
        scores = discriminator(images, category, training=False)

    Args:
        num_categories: Number of categories.
        image_size: Side of the images, in pixels: 4 times a power of two.
        width: Channels of the first layer.
        hidden_units: Units of an additional layer before the last; 0 for none.
        name: Name of the model.
        **kwargs: Further arguments of `keras.Model`.
    """

    def __init__(
        self,
        num_categories: int,
        image_size: int,
        width: int,
        hidden_units: int = 0,
        name: str = "discriminator",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._num_categories = num_categories
        self._image_size = image_size
        self._width = width
        self._hidden_units = hidden_units
        self.convolutions = []
        channels = 3
        for index in range((image_size // 4).bit_length() - 1):
            block = keras.Sequential(_conv(_multiple(index) * width, index > 0))
            block.build((None, None, None, channels + num_categories))
            self.convolutions.append(block)
            channels = _multiple(index) * width
        self.head = keras.Sequential([layers.Flatten(), *_head(hidden_units)])
        self.head.build((None, 4, 4, channels))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "num_categories": self._num_categories,
            "image_size": self._image_size,
            "width": self._width,
            "hidden_units": self._hidden_units,
        }

    def call(self, images: Any, category: Any, training: bool = False) -> Any:
        """Scores images; a larger score is more real.

        Args:
            images: Images in [-1, 1], float [batch, size, size, 3].
            category: Category ids, int [batch].
            training: Whether to use batch statistics.

        Returns:
            Scores, float [batch].
        """
        return self.scores(self.look(images), category, training)[:, 0]

    def look(self, images: Any) -> Any:
        """Returns the input of `scores`: here the images themselves."""
        return images

    def scores(self, look: Any, category: Any, training: bool = False) -> Any:
        """Scores the output of `look`.

        Args:
            look: Images in [-1, 1], float [batch, size, size, 3].
            category: Category ids, int [batch].
            training: Whether to use batch statistics.

        Returns:
            Scores, float [batch, 1].
        """
        one_hot = ops.one_hot(category, self._num_categories, dtype=look.dtype)
        for block in self.convolutions:
            shape = (*ops.shape(look)[:3], self._num_categories)
            everywhere = ops.broadcast_to(one_hot[:, None, None], shape)
            look = block(
                ops.concatenate([look, everywhere], axis=3), training=training
            )
        return self.head(look, training=training)


def _multiple(index: int) -> int:
    return WIDTHS[min(index, len(WIDTHS) - 1)]


def _conv(channels: int, has_norm: bool) -> list[layers.Layer]:
    conv = layers.Conv2D(
        channels,
        5,
        strides=2,
        padding="same",
        kernel_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
    )
    return [conv, *([batch_norm()] if has_norm else []), layers.LeakyReLU(0.2)]


def _head(hidden_units: int) -> list[layers.Layer]:
    normal = keras.initializers.RandomNormal(stddev=0.02)
    last = layers.Dense(1, kernel_initializer=normal)
    if not hidden_units:
        return [last]
    hidden = layers.Dense(hidden_units, kernel_initializer=normal)
    return [hidden, batch_norm(), layers.LeakyReLU(0.2), last]

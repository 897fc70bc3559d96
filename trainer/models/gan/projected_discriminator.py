"""A discriminator on the features of a network that is never trained."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.backbones.efficientnet_lite0 import efficientnet_lite0
from trainer.models.gan.spectral_conv import SpectralConv2D
from trainer.models.layers.resize import resized

SIDES = 64, 128
"""The network sees images at twice their side, but within these, in pixels.

On H&M at 64 pixels, KID after equal time was .27 of 128, and .38 of 64 and 96;
on the demo's photos at 32 pixels, .28 of 64 and .42 of 128.
"""
MAPS = ("block2_add", "block4_add", "block10_add", "block15_project_norm")
"""Its maps that are judged; the first has a quarter of the side, and each
other half of that before."""
_LEAST = 4
"""The side of the map that scores come of."""


class ProjectedDiscriminator(keras.Model):
    """Heads at four maps of EfficientNet-Lite0, mixed at random and fixed.

    Features of ImageNet tell designs from photos long before a network from
    scratch would, so the heads stay small and learn fast. The mix keeps them
    from seeing only the few channels that are easiest. A head scores each place
    of its last map; the category adds a product with its embedding.

    Source: Sauer, Chitta, Müller and Geiger, "Projected GANs converge faster",
    NeurIPS 2021; the category as in Miyato and Koyama, "cGANs with projection
    discriminator", ICLR 2018.

    Args:
        num_categories: How many there are.
        image_size: Side of the images, in pixels.
        width: Channels of the heads.
    """

    def __init__(
        self, num_categories: int, image_size: int, width: int
    ) -> None:
        super().__init__(name="discriminator")
        self.network = _network(image_size)
        self.mixes = [
            _mix(one.shape[-1], width) for one in self.network.outputs
        ]
        self.joins = [_mix(width, width, kernel=3) for _ in self.mixes]
        self.heads = [
            _Head(num_categories, one.shape[1], width)
            for one in self.network.outputs
        ]
        self.built = True

    def call(self, images: Any, category: Any, training: bool = False) -> Any:
        """Judges images; a larger value is more real.

        Args:
            images: float [batch, size, size, 3] in [-1, 1].
            category: Indices of categories, int [batch].
            training: Whether spectral norms are followed.

        Returns:
            float [batch].
        """
        return ops.mean(
            self.scores(self.look(images), category, training), axis=1
        )

    def look(self, images: Any) -> list[Any]:
        """Returns what is judged, maps of float [batch, h, w, width]."""
        found = self.network(images, training=False)
        maps: list[Any] = []
        for features, mix, join in reversed(
            list(zip(found, self.mixes, self.joins, strict=True))
        ):
            mixed = mix(features)
            if maps:  # Maps that see more of the image join finer ones.
                mixed = mixed + resized(maps[-1], mixed.shape[1])
            maps.append(join(mixed))
        return maps[::-1]

    def scores(
        self, look: list[Any], category: Any, training: bool = False
    ) -> Any:
        """Returns the scores of what `look` returned, float [batch, n]."""
        return ops.concatenate(
            [
                head(one, category, training=training)
                for one, head in zip(look, self.heads, strict=True)
            ],
            axis=1,
        )


class _Head(layers.Layer):
    """Scores each place of a map, after it was shrunk to 4 x 4, unless smaller.

    Args:
        num_categories: How many there are.
        side: Of the map that comes in, in pixels.
        width: Its channels.
    """

    def __init__(self, num_categories: int, side: int, width: int) -> None:
        super().__init__(name="head")
        shrinks = (side // _LEAST).bit_length() - 1
        self.convolutions = [
            *(SpectralConv2D(width, 4, 2) for _ in range(shrinks)),
            SpectralConv2D(width, 3),
        ]
        self.last = SpectralConv2D(1, 1)
        for one in (*self.convolutions, self.last):
            one.build((None, None, None, width))
        self.embedding = layers.Embedding(
            num_categories,
            width,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        self.embedding.build()
        self.built = True

    def call(self, x: Any, category: Any, training: bool = False) -> Any:
        """Returns a score of each place, float [batch, places]."""
        for convolution in self.convolutions:
            x = ops.leaky_relu(convolution(x, training=training), 0.2)
        direction = self.embedding(category)[:, None, None]
        of_category = ops.sum(x * direction, axis=3) / x.shape[3] ** 0.5
        scores = self.last(x, training=training)[..., 0] + of_category
        return ops.reshape(scores, (ops.shape(scores)[0], -1))


def _network(image_size: int) -> keras.Model:
    """Builds the network from images to its maps."""
    least, most = SIDES
    side = min(max(2 * image_size, least), most)
    network = efficientnet_lite0(side)
    maps = keras.Model(
        network.inputs, [network.get_layer(name).output for name in MAPS]
    )
    images = keras.Input((image_size, image_size, 3))
    network = keras.Model(images, maps(resized(images, side)))
    network.trainable = False
    return network


def _mix(channels: int, width: int, kernel: int = 1) -> layers.Layer:
    """Returns a random convolution that keeps the size of what it sees."""
    mix = layers.Conv2D(
        width,
        kernel,
        padding="same",
        use_bias=False,
        kernel_initializer="lecun_normal",
        trainable=False,
    )
    mix.build((None, None, None, channels))
    return mix

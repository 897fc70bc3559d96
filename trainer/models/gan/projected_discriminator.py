"""Projected discriminator on the features of a frozen pretrained network."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.backbones.efficientnet_lite0 import efficientnet_lite0
from trainer.models.gan.spectral_conv import SpectralConv2D
from trainer.models.layers.resize import resized

SIDES = 64, 128
"""Smallest and largest input side of the pretrained network, in pixels.

Images are resized to twice their side, within this range. On H&M at 64 pixels,
KID after equal time was .27 with a side of 128, and .38 with 64 and 96; on the
demo images at 32 pixels, .28 with 64 and .42 with 128.
"""
MAPS = ("block2_add", "block4_add", "block10_add", "block15_project_norm")
"""Feature maps that the heads score; the first has a quarter of the input side,
each further one half of the side before."""
_LEAST = 4
"""Side of the map that a head scores."""


@keras.saving.register_keras_serializable(package="atelier")
class ProjectedDiscriminator(keras.Model):
    """Heads on random fixed projections of four maps of EfficientNet-Lite0.

    ImageNet features separate generated from real images much earlier than a
    network trained from scratch, so the heads are small and learn fast. Random
    channel mixing keeps them from relying on the few easiest channels. A head
    scores each position of its last map; the category adds the dot product with
    its embedding.

    Source: Sauer, Chitta, Müller and Geiger, "Projected GANs converge faster",
    NeurIPS 2021; the category as in Miyato and Koyama, "cGANs with projection
    discriminator", ICLR 2018.

    Example:
        discriminator = ProjectedDiscriminator(6, image_size=64, width=64)
        scores = discriminator(images, category, training=False)

    Args:
        num_categories: Number of categories.
        image_size: Side of the images, in pixels.
        width: Channels of the heads.
        network_side: Input side of the pretrained network, in pixels; 0: twice
            the image side, within `SIDES`.
        name: Name of the model.
        **kwargs: Further arguments of `keras.Model`.
    """

    def __init__(
        self,
        num_categories: int,
        image_size: int,
        width: int,
        network_side: int = 0,
        name: str = "discriminator",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._num_categories = num_categories
        self._image_size = image_size
        self._width = width
        self._network_side = network_side
        self.network = _network(image_size, network_side)
        self.mixes = [
            _mix(one.shape[-1], width) for one in self.network.outputs
        ]
        # The largest map would take as long as the heads together.
        self.joins = [
            _mix(width, width, kernel=3 if index else 1)
            for index in range(len(self.mixes))
        ]
        self.heads = [
            _Head(num_categories, one.shape[1], width)
            for one in self.network.outputs
        ]
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "num_categories": self._num_categories,
            "image_size": self._image_size,
            "width": self._width,
            "network_side": self._network_side,
        }

    def call(self, images: Any, category: Any, training: bool = False) -> Any:
        """Scores images; a larger score is more real.

        Args:
            images: Images in [-1, 1], float [batch, size, size, 3].
            category: Category ids, int [batch].
            training: Whether to update the estimates of the spectral norms.

        Returns:
            Mean scores over all positions, float [batch].
        """
        return ops.mean(
            self.scores(self.look(images), category, training), axis=1
        )

    def look(self, images: Any) -> list[Any]:
        """Returns the mixed feature maps, float [batch, h, w, width] each."""
        found = self.network(images, training=False)
        maps: list[Any] = []
        for features, mix, join in reversed(
            list(zip(found, self.mixes, self.joins, strict=True))
        ):
            mixed = mix(features)
            if maps:  # Adds the coarser map, with its larger receptive field.
                mixed = mixed + resized(maps[-1], mixed.shape[1])
            maps.append(join(mixed))
        return maps[::-1]

    def scores(
        self, look: list[Any], category: Any, training: bool = False
    ) -> Any:
        """Scores the output of `look`.

        Args:
            look: Mixed feature maps, float [batch, h, w, width] each.
            category: Category ids, int [batch].
            training: Whether to update the estimates of the spectral norms.

        Returns:
            Scores of all positions of all heads, float [batch, n].
        """
        return ops.concatenate(
            [
                head(one, category, training=training)
                for one, head in zip(look, self.heads, strict=True)
            ],
            axis=1,
        )


class _Head(layers.Layer):
    """Scores each position of a map, after shrinking it to at most 4 x 4.

    Args:
        num_categories: Number of categories.
        side: Side of the input map, in pixels.
        width: Channels of the input map.
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
        """Returns the score of each position, float [batch, positions]."""
        for convolution in self.convolutions:
            x = ops.leaky_relu(convolution(x, training=training), 0.2)
        direction = self.embedding(category)[:, None, None]
        of_category = ops.sum(x * direction, axis=3) / x.shape[3] ** 0.5
        scores = self.last(x, training=training)[..., 0] + of_category
        return ops.reshape(scores, (ops.shape(scores)[0], -1))


def _network(image_size: int, side: int) -> keras.Model:
    """Builds the frozen network from images to feature maps."""
    least, most = SIDES
    side = side or min(max(2 * image_size, least), most)
    network = efficientnet_lite0(side)
    maps = keras.Model(
        network.inputs, [network.get_layer(name).output for name in MAPS]
    )
    images = keras.Input((image_size, image_size, 3))
    network = keras.Model(images, maps(resized(images, side)))
    network.trainable = False
    return network


def _mix(channels: int, width: int, kernel: int = 1) -> layers.Layer:
    """Returns a frozen random convolution that keeps the size of its input."""
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

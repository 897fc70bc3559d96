"""Generator of cuts: the shape and the shading of a garment, without color."""

from typing import Any
from typing import NamedTuple

import keras
from keras import layers
from keras import ops

from trainer.models.composition.gray_garment import MAX_SHADING
from trainer.models.composition.gray_garment import gray_garment
from trainer.models.gan.norms import ConditionalNorm
from trainer.models.gan.residual_generator import ResidualBlock

_CATEGORY_DIM = 16
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
class CutGenerator(keras.Model):
    """Light residual generator of two layers instead of three colors.

    Color and cloth vary more than shape does, and a real cloth is sharp in any
    size; so the network generates the shape alone, and `compose` adds the
    cloth. The last maps have half the side of the image; a pixel of theirs
    becomes a square of 2 x 2 (Shi et al., "Real-time single image and video
    super-resolution using an efficient sub-pixel CNN", CVPR 2016).

    Example:
        generator = CutGenerator(6, image_size=64, z_dim=48, width=48)
        cuts = generator.cuts(z, category)
        gray_images = generator(z, category, training=False)

    Args:
        num_categories: Number of categories.
        image_size: Side of the images, in pixels: 8 times a power of two.
        z_dim: Width of the latent vector z.
        width: Channels of the last maps; each smaller map has as many more.
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
        self._config = {
            "num_categories": num_categories,
            "image_size": image_size,
            "z_dim": z_dim,
            "width": width,
        }
        condition_dim = z_dim + _CATEGORY_DIM
        self.embedding = layers.Embedding(
            num_categories,
            _CATEGORY_DIM,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        self.embedding.build()
        number = (image_size // 8).bit_length() - 1
        channels = width * (number + 1)
        self.first = keras.Sequential(
            [layers.Dense(16 * channels), layers.Reshape((4, 4, channels))]
        )
        self.first.build((None, condition_dim))
        self.blocks = []
        for wanted in range(channels - width, 0, -width):
            self.blocks.append(ResidualBlock(channels, wanted, condition_dim))
            channels = wanted
        self.last_norm = ConditionalNorm(channels, condition_dim)
        self.last = layers.Conv2D(8, 3, padding="same")
        self.last.build((None, None, None, channels))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), **self._config}

    def cuts(
        self, z: Any, category: Any, training: bool = False
    ) -> GeneratedCuts:
        """Generates the layers of cuts.

        Args:
            z: Latent vectors, float [batch, z_dim].
            category: Category ids, int [batch].
            training: Whether to use batch statistics.
        """
        condition = ops.concatenate([z, self.embedding(category)], axis=1)
        x = self.first(condition)
        for block in self.blocks:
            x = block(x, condition, training=training)
        x = ops.relu(self.last_norm(x, condition, training=training))
        layers_ = _to_pixels(self.last(x))
        return GeneratedCuts(
            ops.sigmoid(_SHARPNESS * layers_[..., :1]),
            MAX_SHADING * ops.tanh(layers_[..., 1:]),
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

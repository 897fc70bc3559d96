"""How much a person would like an image: theta_u . Phi(X).

What its photo alone says, as of an item that nobody has seen: without vectors
and biases of items. An image is resized to what the recommender was trained on,
bilinearly (the paper's own code repeats pixels, which Phi has never seen).

Source: Kang et al. 2017, eq. 1 and section III-E.
"""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from trainer.models.layers.resize import resized

_IMAGES_A_BATCH = 64


class Tower(NamedTuple):
    """The item tower of a recommender.

    Attributes:
        network: Phi, of photos 0..255.
        photo_size: Side of the photos that it was trained on, in pixels.
    """

    network: keras.Model
    photo_size: int


@dataclasses.dataclass(frozen=True)
class Preference:
    """What recommenders say of images.

    Attributes:
        towers: One at least; Phi is what they say side by side.
        image_size: Side of the images, in pixels.
    """

    towers: Sequence[Tower]
    image_size: int

    def embed(self, images: Any) -> Any:
        """Returns Phi of images.

        Args:
            images: RGB, float32 [n, image_size, image_size, 3]
                in [-1, 1].

        Returns:
            float32 [n, K].
        """
        parts = [
            tower.network(
                (resized(images, tower.photo_size) + 1.0) * 127.5,
                training=False,
            )
            for tower in self.towers
        ]
        return ops.concatenate(parts, axis=-1)

    def score(self, images: Any, people: Any) -> Any:
        """Returns the preference of one person for each image.

        Args:
            images: RGB, float32 [n, image_size, image_size, 3]
                in [-1, 1].
            people: Of each image, theta, float32 [n, K]; or one for all, [K].

        Returns:
            float32 [n].
        """
        return ops.sum(self.embed(images) * people, axis=-1)

    def embed_many(self, images: np.ndarray) -> np.ndarray:
        """Returns Phi of many images, batch by batch, float32 [n, K]."""
        starts = range(0, len(images), _IMAGES_A_BATCH)
        return np.concatenate(
            [
                self._embed(images[start : start + _IMAGES_A_BATCH]).numpy()
                for start in starts
            ]
        )

    @functools.cached_property
    def _embed(self) -> Any:
        """`embed`, traced once."""
        shape = [None, self.image_size, self.image_size, 3]
        return tf.function(self.embed, [tf.TensorSpec(shape)])

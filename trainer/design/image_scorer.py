"""Preference score of a user for an image: theta_u . Phi(X).

The score uses the image only, as for a cold-start item: item embeddings and
item biases are left out. Images are resized bilinearly to the size that the
recommender was trained on (the paper's code repeats pixels instead, which gives
inputs unlike the training images of Phi).

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

_IMAGES_PER_BATCH = 64


class Tower(NamedTuple):
    """Item tower of a recommender.

    Attributes:
        network: Model Phi of RGB images with values in 0..255.
        photo_size: Side of the images that it was trained on, in pixels.
    """

    network: keras.Model
    photo_size: int


@dataclasses.dataclass(frozen=True)
class Preference:
    """Preference model: scores images with one or several item towers.

    Attributes:
        towers: Item towers, at least one; Phi is the concatenation of their
            embeddings.
        image_size: Side of the images to score, in pixels.

    Example:
        tower = Tower(recommender.item_tower, photo_size=128)
        preference = Preference([tower], image_size=64)
        scores = preference.score(images, user_vector)
    """

    towers: Sequence[Tower]
    image_size: int

    def embed(self, images: Any) -> Any:
        """Returns the image embeddings Phi.

        Args:
            images: RGB images, float32 [n, image_size, image_size, 3] in
                [-1, 1].

        Returns:
            Embeddings, float32 [n, K].
        """
        parts = [
            tower.network(
                (resized(images, tower.photo_size) + 1.0) * 127.5,
                training=False,
            )
            for tower in self.towers
        ]
        return ops.concatenate(parts, axis=-1)

    def score(self, images: Any, user_vectors: Any) -> Any:
        """Returns the preference score of each image.

        Args:
            images: RGB images, float32 [n, image_size, image_size, 3] in
                [-1, 1].
            user_vectors: User vectors theta, float32 [n, K], one per image; or
                float32 [K], one for all images.

        Returns:
            Scores, float32 [n].
        """
        return ops.sum(self.embed(images) * user_vectors, axis=-1)

    def embed_many(self, images: np.ndarray) -> np.ndarray:
        """Returns the image embeddings Phi, computed in batches of 64.

        Args:
            images: RGB images, float32 [n, image_size, image_size, 3] in
                [-1, 1].

        Returns:
            Embeddings, float32 [n, K].
        """
        starts = range(0, len(images), _IMAGES_PER_BATCH)
        return np.concatenate(
            [
                self._embed(images[start : start + _IMAGES_PER_BATCH]).numpy()
                for start in starts
            ]
        )

    @functools.cached_property
    def _embed(self) -> Any:
        """`embed` as a `tf.function` that is traced once."""
        shape = [None, self.image_size, self.image_size, 3]
        return tf.function(self.embed, [tf.TensorSpec(shape)], autograph=False)

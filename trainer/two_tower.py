"""The two towers: photos and people in one space; a product is a score."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.backbones import BACKBONES

MAX_INITIAL_USER = 0.01
"""User embeddings start uniform between 0 and this (the authors' code)."""


class TwoTower(keras.Model):
    """Item tower, user tower and the score between them.

    Score: x_ui = theta_u . Phi(X_i), no biases (Kang et al. 2017, eq. 1).

    Args:
        backbone: Name of the item tower's network.
        image_size: Side of the photos, in pixels.
        embedding_dim: K, width of both embeddings.
        num_users: Rows of the user tower.
    """

    def __init__(
        self,
        backbone: str,
        image_size: int,
        embedding_dim: int,
        num_users: int,
    ) -> None:
        super().__init__(name="two_tower")
        self.item_tower = keras.Sequential(
            [
                keras.Input((image_size, image_size, 3), name="photos"),
                layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale"),
                BACKBONES[backbone](image_size, embedding_dim),
            ],
            name="item_tower",
        )
        self.user_tower = layers.Embedding(
            num_users,
            embedding_dim,
            embeddings_initializer=keras.initializers.RandomUniform(
                0.0, MAX_INITIAL_USER
            ),
            name="user_tower",
        )
        self.user_tower.build()
        self.built = True

    def call(self, batch: dict[str, Any], training: bool = False) -> Any:
        """Scores triples.

        Both photos of a triple pass the item tower in one batch, so that each
        has a dropout mask of its own.

        Args:
            batch: `user` int [batch]; `positive` and `negative` photos,
                0..255, [batch, image_size, image_size, 3].
            training: Whether dropout and batch statistics are on.

        Returns:
            Scores x_ui and x_uj, float [batch] each, and the user embeddings,
            float [batch, embedding_dim].
        """
        photos = ops.concatenate([batch["positive"], batch["negative"]])
        items = self.item_tower(ops.cast(photos, "float32"), training=training)
        positive, negative = ops.split(items, 2)
        users = self.user_tower(batch["user"])
        return (
            ops.sum(users * positive, axis=-1),
            ops.sum(users * negative, axis=-1),
            users,
        )

"""The two towers: photos and people in one space; a product is a score."""

from typing import Any
from typing import Protocol

import keras
import numpy as np
from keras import layers
from keras import ops

from trainer.models.towers.ease import EASE
from trainer.models.towers.item_embedding import ItemEmbedding
from trainer.models.towers.item_tower import ItemTower
from trainer.models.towers.item_tower import ItemTowerOptions
from trainer.models.towers.user_towers import HistoryTower
from trainer.models.towers.user_towers import id_tower


class TwoTowerOptions(Protocol):
    """Options of `TwoTower`; `RecommenderConfig` has them as flags."""

    @property
    def backbone(self) -> str:
        """Name of the backbone."""

    @property
    def pca_components(self) -> int:
        """Number of principal components of the features; 0 keeps them all."""

    @property
    def embedding_dim(self) -> int:
        """Width K of both towers."""

    @property
    def projection_init_scale(self) -> float:
        """Initial scale of the projection of principal components."""

    @property
    def augmentation(self) -> float:
        """Strength of image augmentation, 0 to 1."""

    @property
    def user_tower(self) -> str:
        """Kind of the user tower: `id`, `history` or `both`."""

    @property
    def item_embeddings(self) -> int:
        """1 adds item embeddings and biases, 0 does not."""

    @property
    def ease_weight(self) -> float:
        """Weight of the item-to-item scores; 0 leaves them out."""

    @property
    def feature_dropout(self) -> float:
        """Dropout rate of image features."""

    @property
    def item_embedding_dropout(self) -> float:
        """Dropout rate of item embeddings."""

    @property
    def history_dropout(self) -> float:
        """Dropout rate of the items of a history."""


class TwoTower(keras.Model):
    """Item tower, user tower and the score between them.

    The paper's score is x_ui = theta_u . Phi(X_i), without biases (Kang et al.
    2017, eq. 1): `user_tower` "id" and no item factors. With item factors it
    is theta_u . (Phi(X_i) + delta_i) + b_i; with the history tower, theta_u is
    made of the items that the person took. With item-to-item weights, what was
    taken beside these scores that much more.

    Args:
        config: The options, such as the configuration of a run.
        image_size: Side of the photos, in pixels.
        num_users: Rows of the id tower.
        train_counts: Takers of each item in training, int [items].
        weights: A file of weights for the backbone; only training needs it.
    """

    def __init__(
        self,
        config: TwoTowerOptions,
        image_size: int,
        num_users: int,
        train_counts: np.ndarray,
        weights: str | None = None,
    ) -> None:
        super().__init__(name="two_tower")
        options = ItemTowerOptions(
            backbone=config.backbone,
            weights=weights,
            image_size=image_size,
            embedding_dim=config.embedding_dim,
            pca_components=config.pca_components,
            projection_init_scale=config.projection_init_scale,
            augmentation=config.augmentation,
        )
        self.item_tower = ItemTower(options)
        self.user_tower: Any = (
            id_tower(num_users, config.embedding_dim)
            if config.user_tower in ("id", "both")
            else None
        )
        self.history_tower: Any = (
            HistoryTower(
                options.projection("history_projection"),
                self.item_tower.features_dim,
            )
            if config.user_tower in ("history", "both")
            else None
        )
        self.item_embedding = (
            ItemEmbedding(
                train_counts,
                config.embedding_dim,
                config.item_embedding_dropout,
                in_histories=self.history_tower is not None,
            )
            if config.item_embeddings
            else None
        )
        self.ease = (
            EASE(len(train_counts), config.ease_weight)
            if config.ease_weight
            else None
        )
        self.feature_dropout = layers.Dropout(config.feature_dropout)
        self.history_dropout = layers.Dropout(config.history_dropout)
        self.built = True

    def call(self, batch: dict[str, Any], training: bool = False) -> Any:
        """Scores triples by the id tower and photos alone, as the paper does.

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
        items = self.item_tower(photos, training=training)
        positive, negative = ops.split(items, 2)
        users = self.user_tower(batch["user"])
        return (
            ops.sum(users * positive, axis=-1),
            ops.sum(users * negative, axis=-1),
            users,
        )

    def item_vectors(
        self, features: Any, items: Any, mask: Any, training: bool = False
    ) -> Any:
        """Returns what the vector of a person is multiplied by.

        Args:
            features: Of the photos of some items, float [n, features_dim].
            items: Their indices, int [n].
            mask: Weight of the item embeddings, `ItemEmbedding.mask`, or None.
            training: Whether dropout is on.

        Returns:
            Phi, and the item's own part where there are item factors, float
            [n, K].
        """
        vectors = self.item_tower.projection(
            self.feature_dropout(features, training=training)
        )
        if self.item_embedding:
            vectors = vectors + self.item_embedding.item_part(items, mask)
        return vectors

    def history_rows(
        self, features: Any, items: Any, mask: Any, training: bool = False
    ) -> Any:
        """Returns what each item adds to the history of who took it.

        Arguments as those of `item_vectors`.

        Returns:
            As `HistoryTower.rows`, float [n, K + 1].
        """
        vectors = self.history_tower.projection(
            self.feature_dropout(features, training=training)
        )
        if self.item_embedding:
            vectors = vectors + self.item_embedding.history_part(items, mask)
        return self.history_tower.rows(vectors)

"""Two-tower model: images and users in one space, scored by dot product."""

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
        """Type of the user tower: `id`, `history` or `both`."""

    @property
    def item_embeddings(self) -> int:
        """1 adds item embeddings and biases, 0 does not."""

    @property
    def ease_weight(self) -> float:
        """Weight of the EASE item-to-item scores; 0 leaves them out."""

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
    2017, eq. 1): `user_tower` "id" without item embeddings. With item
    embeddings it is theta_u . (Phi(X_i) + delta_i) + b_i. With the history
    tower, theta_u is computed from the items that the user interacted with.
    With EASE, item-to-item scores are added.

    Example:
        model = TwoTower(
            RecommenderConfig(), 64, num_users=100, train_counts=train_counts
        )
        phi = model.item_tower(images)

    Args:
        config: Options of the model, such as the configuration of a run.
        image_size: Side of the images, in pixels.
        num_users: Number of users, the rows of the id tower.
        train_counts: Training interaction count of each item, int [items].
        weights: Path of a weights file for the backbone; only training needs
            it.

    Attributes:
        item_tower: The item tower.
        user_tower: The id tower, or None.
        history_tower: The history tower, or None.
        item_embedding: The item embeddings and biases, or None.
        ease: The EASE layer, or None.
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
        """Scores triples with the id tower and images only, as in the paper.

        Both images of a triple pass the item tower in one batch, so that each
        has its own dropout mask.

        Args:
            batch: User indices `user`, int [batch], and RGB images `positive`
                and `negative` in 0..255, uint8 or float [batch, image_size,
                image_size, 3].
            training: Whether augmentation, dropout and batch statistics are
                on.

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
        """Computes the item vectors that user embeddings are multiplied by.

        Args:
            features: Image features of the items, float [n, features_dim].
            items: Item indices, int [n].
            mask: Weights of the item embeddings by `ItemEmbedding.mask`, float
                [items], or None without item embeddings.
            training: Whether dropout is on.

        Returns:
            Phi, plus the item embedding if the model has them, float [n, K].
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
        """Computes the rows that items add to the history of a user.

        Args:
            features: Image features of the items, float [n, features_dim].
            items: Item indices, int [n].
            mask: Weights of the item embeddings by `ItemEmbedding.mask`, float
                [items], or None without item embeddings.
            training: Whether dropout is on.

        Returns:
            Weighted vectors and their weights by `HistoryTower.rows`, float
            [n, K + 1].
        """
        vectors = self.history_tower.projection(
            self.feature_dropout(features, training=training)
        )
        if self.item_embedding:
            vectors = vectors + self.item_embedding.history_part(items, mask)
        return self.history_tower.rows(vectors)

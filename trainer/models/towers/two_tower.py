"""Two-tower model: images and users in one space, scored by dot product."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers
from keras import ops

from trainer.models.ease import EASE
from trainer.models.towers.item_embedding import ItemEmbedding
from trainer.models.towers.item_tower import ItemTower
from trainer.models.towers.user_towers import HistoryTower
from trainer.models.towers.user_towers import id_tower

USER_TOWERS = ("id", "history", "both")
"""Types of the user tower."""


@keras.saving.register_keras_serializable(package="atelier")
class TwoTower(keras.Model):
    """Item tower, user tower and the score between them.

    The paper's score is x_ui = theta_u . Phi(X_i), without biases (Kang et al.
    2017, eq. 1): `user_tower` "id" without item embeddings. With item
    embeddings it is theta_u . (Phi(X_i) + delta_i) + b_i. With the history
    tower, theta_u is computed from the items that the user interacted with.
    With EASE, item-to-item scores are added.

    The paper's model trains with `fit` on triples, labeled [1, 0]; the others
    need the training loop of `trainer.train`.

    Example:
        model = TwoTower(ItemTower(image_size=64), num_users=100)
        model.compile("adam", BPR(), metrics=["categorical_accuracy"])
        batch = {"user": users, "positive": images, "negative": others}
        model.fit(batch, np.tile([1, 0], (len(users), 1)))
        model.save("two_tower.keras")

    Args:
        item_tower: The item tower.
        num_users: Number of users, the rows of the id tower.
        train_counts: Training interaction count of each item, int [items];
            only item embeddings and EASE need it.
        user_tower: Type of the user tower, one of `USER_TOWERS`.
        item_embeddings: Whether items have embeddings and biases.
        ease_weight: Weight of the EASE item-to-item scores; 0 leaves them out.
        similarity_weight: Weight of the similarity to the items of a history,
            beside EASE; 0 leaves it out.
        feature_dropout: Dropout rate of image features.
        item_embedding_dropout: Dropout rate of item embeddings.
        history_dropout: Dropout rate of the items of a history.
        recency_decay: Whether the weight of an item in a history decays with
            its age and order.
        table_partitions: Number of parts of the table of users.
        name: Name of the model.
        **kwargs: Further arguments of `keras.Model`.

    Raises:
        ValueError: If there is no such user tower, or a part needs
            `train_counts`.

    Attributes:
        item_tower: The item tower.
        user_tower: The id tower, or None.
        history_tower: The history tower, or None.
        item_embedding: The item embeddings and biases, or None.
        ease: The EASE layer, or None.
    """

    def __init__(
        self,
        item_tower: ItemTower,
        num_users: int,
        train_counts: Sequence[int] | np.ndarray = (),
        user_tower: str = "id",
        item_embeddings: bool = False,
        ease_weight: float = 0.0,
        similarity_weight: float = 0.0,
        feature_dropout: float = 0.0,
        item_embedding_dropout: float = 0.0,
        history_dropout: float = 0.0,
        recency_decay: bool = False,
        table_partitions: int = 1,
        name: str = "two_tower",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        needs_counts = item_embeddings or ease_weight or similarity_weight
        _check(user_tower, bool(needs_counts), train_counts)
        self._num_users = num_users
        self._user_tower_type = user_tower
        self._train_counts = np.asarray(train_counts)
        self._recency_decay = recency_decay
        self._table_partitions = table_partitions
        embedding_dim = item_tower.projection.units
        self.item_tower = item_tower
        self.user_tower: Any = None
        if user_tower != "history":
            self.user_tower = id_tower(
                num_users, embedding_dim, table_partitions
            )
        self.history_tower: Any = None
        if user_tower != "id":
            self.history_tower = HistoryTower(
                embedding_dim,
                item_tower.features_dim,
                item_tower.projection_initializer(),
                recency_decay,
            )
        self.item_embedding: ItemEmbedding | None = None
        if item_embeddings:
            self.item_embedding = ItemEmbedding(
                self._train_counts,
                embedding_dim,
                item_embedding_dropout,
                in_histories=self.history_tower is not None,
            )
        self.ease: EASE | None = None
        if ease_weight or similarity_weight:
            self.ease = EASE(
                len(self._train_counts), ease_weight, similarity_weight
            )
        self.feature_dropout = layers.Dropout(feature_dropout)
        self.history_dropout = layers.Dropout(history_dropout)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "item_tower": keras.saving.serialize_keras_object(self.item_tower),
            "num_users": self._num_users,
            "train_counts": self._train_counts.tolist(),
            "user_tower": self._user_tower_type,
            "item_embeddings": self.item_embedding is not None,
            "ease_weight": self.ease.weight if self.ease else 0.0,
            "similarity_weight": (
                self.ease.similarity_weight if self.ease else 0.0
            ),
            "feature_dropout": self.feature_dropout.rate,
            "item_embedding_dropout": (
                self.item_embedding.dropout if self.item_embedding else 0.0
            ),
            "history_dropout": self.history_dropout.rate,
            "recency_decay": self._recency_decay,
            "table_partitions": self._table_partitions,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "TwoTower":
        """Builds the model of a configuration from `get_config`."""
        tower = keras.saving.deserialize_keras_object(config["item_tower"])
        return cls(**{**config, "item_tower": tower})

    def call(self, batch: dict[str, Any], training: bool = False) -> Any:
        """Scores triples with the id tower and images only, as in the paper.

        Args:
            batch: User indices `user`, int [batch], and RGB images `positive`
                and `negative` in 0..255, uint8 or float [batch, image_size,
                image_size, 3].
            training: Whether augmentation, dropout and batch statistics are
                on.

        Returns:
            Scores x_ui and x_uj, float [batch, 2].

        Raises:
            ValueError: If the model has a history tower, item embeddings or
                EASE, which need item indices.
        """
        if self.history_tower or self.item_embedding or self.ease:
            raise ValueError(
                "`TwoTower` scores triples of images with user_tower='id' and "
                "without item embeddings and EASE, received: "
                f"{self._user_tower_type!r}, "
                f"item_embeddings={self.item_embedding is not None}, "
                f"ease_weight={self.ease.weight if self.ease else 0.0}; train "
                "this model with `trainer.train`"
            )
        return ops.stack(self.score_triples(batch, training)[:2], axis=1)

    def score_triples(
        self, batch: dict[str, Any], training: bool = False
    ) -> tuple[Any, Any, Any]:
        """Computes the scores and the user embeddings of triples.

        Both images of a triple pass the item tower in one batch, so that each
        has its own dropout mask.

        Args:
            batch: Input of `call`.
            training: Whether augmentation, dropout and batch statistics are
                on.

        Returns:
            Scores x_ui and x_uj, float [batch] each, and the user embeddings,
            float [batch, K].
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
            features: Features of the items, float [n, features_dim].
            items: Item indices, int [n].
            mask: Kept item embeddings by `ItemEmbedding.mask`, float
                [draws], or None without item embeddings.
            training: Whether dropout is on.

        Returns:
            Phi, plus the item embedding if the model has them, float [n, K].
        """
        vectors = self.item_tower.projection(self._dropped(features, training))
        if self.item_embedding:
            vectors = vectors + self.item_embedding.item_part(items, mask)
        return vectors

    def history_rows(
        self, features: Any, items: Any, mask: Any, training: bool = False
    ) -> Any:
        """Computes the rows that items add to the history of a user.

        Args:
            features: Features of the items, float [n, features_dim].
            items: Item indices, int [n].
            mask: Kept item embeddings by `ItemEmbedding.mask`, float
                [draws], or None without item embeddings.
            training: Whether dropout is on.

        Returns:
            Weighted vectors and their weights by `HistoryTower.rows`, float
            [n, K + 1].
        """
        vectors = self.history_tower.projection(
            self._dropped(features, training)
        )
        if self.item_embedding:
            vectors = vectors + self.item_embedding.history_part(items, mask)
        return self.history_tower.rows(vectors)

    def _dropped(self, features: Any, training: bool) -> Any:
        features = self.item_tower.scaled(features, training=training)
        return self.feature_dropout(features, training=training)


def _check(
    user_tower: str,
    needs_counts: bool,
    train_counts: Sequence[int] | np.ndarray,
) -> None:
    """Raises ValueError if an argument of `TwoTower` is invalid or missing."""
    if user_tower not in USER_TOWERS:
        raise ValueError(
            f"`user_tower` must be one of {USER_TOWERS}, received: "
            f"{user_tower!r}"
        )
    if needs_counts and not len(train_counts):
        raise ValueError(
            "`item_embeddings` and `ease_weight` need `train_counts`, one "
            f"count for each item, received: {train_counts}"
        )

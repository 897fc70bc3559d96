"""Builds the two-tower model of a configuration."""

import numpy as np

from trainer.models.towers.content_encoder import ContentEncoder
from trainer.models.towers.item_tower import ItemTower
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig


def build_model(
    config: RecommenderConfig,
    image_size: int,
    num_users: int,
    train_counts: np.ndarray,
    weights: str | None = None,
) -> TwoTower:
    """Builds the two-tower model of a configuration, with initial weights.

    Args:
        config: Configuration of the run.
        image_size: Side of the images, in pixels.
        num_users: Number of users.
        train_counts: Training interaction count of each item, int [items].
        weights: Path of a file of pretrained backbone weights, or None. Only
            training needs it.
    """
    content = None
    if config.modalities:
        content = ContentEncoder(
            config.modalities, config.content_dim, config.features_dim
        )
    item_tower = ItemTower(
        image_size,
        backbone=config.backbone,
        embedding_dim=config.embedding_dim,
        pca_components=config.pca_components,
        projection_init_scale=config.projection_init_scale,
        augmentation=config.augmentation,
        weights=weights,
        content=content,
        modality_dropout=config.modality_dropout,
    )
    return TwoTower(
        item_tower,
        num_users,
        train_counts,
        user_tower=config.user_tower,
        item_embeddings=config.item_embeddings,
        ease_weight=config.ease_weight,
        similarity_weight=config.similarity_weight,
        feature_dropout=config.feature_dropout,
        item_embedding_dropout=config.item_embedding_dropout,
        history_dropout=config.history_dropout,
        recency_decay=config.recency_decay,
        table_partitions=config.table_partitions,
    )

"""Variables of the item vectors of a recommender."""

import numpy as np
import tensorflow as tf

from export.index.ops.gather_rows import gather_rows
from trainer.recommender.trained_model import TrainedRecommender

_MIN_NORM = 1e-6
"""Minimum norm of an image embedding, by which cosines are divided."""


class ItemVectors(tf.Module):
    """Item vectors of a recommender; equal ones share a variable.

    Args:
        trained: Weights and embeddings of the run.
        exact: Whether similar items are found by exact search. An IVF index
            needs image embeddings of norm 1.

    Attributes:
        items: Item embeddings, float32 [items, D].
        liked: Rows of the encoder of cold-start users, in the first columns,
            float32 [items, >= C].
        visual: Image embeddings, of which the product with `scales` has norm
            1, float32 [items, K].
        scales: Inverse norms of `visual`, float32 [items].

    Example:
        vectors = ItemVectors(load_recommender(run), exact=True)
        directions = vectors.directions(tf.constant([3]))
    """

    def __init__(self, trained: TrainedRecommender, exact: bool) -> None:
        super().__init__()
        vectors, liked = trained.item_vectors, trained.encoder.vectors
        self.items = tf.Variable(vectors, trainable=False)
        self.liked = (
            self.items
            if np.array_equal(liked, vectors[:, : liked.shape[1]])
            else tf.Variable(liked, trainable=False)
        )
        visual = trained.visual_vectors
        norms = np.maximum(np.linalg.norm(visual, axis=1), _MIN_NORM)
        if not exact:
            visual, norms = visual / norms[:, None], np.ones_like(norms)
        self.visual = (
            self.items
            if np.array_equal(visual, vectors)
            else tf.Variable(visual, trainable=False)
        )
        self.scales = tf.Variable(1.0 / norms, trainable=False)

    def directions(self, items: tf.Tensor) -> tf.Tensor:
        """Looks up image embeddings of norm 1, whose products are cosines.

        Args:
            items: Item indices, integers, any shape.

        Returns:
            Directions, float32 [*items.shape, K].
        """
        scales = gather_rows(self.scales, items)[..., None]
        return gather_rows(self.visual, items) * scales

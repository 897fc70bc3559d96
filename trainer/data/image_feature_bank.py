"""Memory bank of the latest image features of all items.

Only the images of a batch pass the backbone in a training step. Features of
histories and negatives are looked up here: exact for a frozen backbone, a
little out of date for a trained one.
"""

import numpy as np
import tensorflow as tf


class ImageFeatureBank:
    """Image features by item index.

    Example:
        bank = ImageFeatureBank(num_items=1000, features_dim=256)
        bank.assign(features)
        negatives = bank.lookup(tf.constant([3, 14], tf.int64))

    Args:
        num_items: Number of items of the catalog.
        features_dim: Width of the features.
    """

    def __init__(self, num_items: int, features_dim: int) -> None:
        self.features = tf.Variable(
            tf.zeros([num_items, features_dim]),
            trainable=False,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )

    def assign(self, features: np.ndarray) -> None:
        """Assigns the features of all items.

        Args:
            features: New features, float32 [items, features_dim].
        """
        self.features.assign(features)

    def update(self, items: tf.Tensor, features: tf.Tensor) -> None:
        """Stores the features that a training step computed.

        Args:
            items: Item indices of all replicas, int64 [batch].
            features: Features of these items, float32 [batch, features_dim].
        """
        self.features.scatter_update(tf.IndexedSlices(features, items))

    def lookup(
        self,
        requested: tf.Tensor,
        items: tf.Tensor | None = None,
        fresh: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Looks up features, with precedence for those of the current step.

        Args:
            requested: Requested item indices, int64 [n].
            items: Item indices of the current step, int64 [batch].
            fresh: Features of `items`, computed in this step and
                differentiable, float32 [batch, features_dim].

        Returns:
            Features of the requested items, float32 [n, features_dim].
        """
        kept = tf.gather(self.features, requested)
        if fresh is None:
            return kept
        place = tf.gather(
            positions_of(items, self.features.shape[0]), requested
        )
        return tf.where(
            (place >= 0)[:, None], tf.gather(fresh, tf.maximum(place, 0)), kept
        )


def positions_of(items: tf.Tensor, num_items: int) -> tf.Tensor:
    """Returns the position of each catalog item in a list of items.

    Args:
        items: Item indices, int64 [batch].
        num_items: Number of items of the catalog.

    Returns:
        Positions, the last one of a repeated item, -1 for items not in the
        list, int64 [num_items].
    """
    return tf.tensor_scatter_nd_max(
        tf.fill([num_items], tf.constant(-1, tf.int64)),
        items[:, None],
        tf.range(tf.size(items, tf.int64)),
    )

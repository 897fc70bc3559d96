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
        # Rows that come once: on a GPU TensorFlow makes repeated ones
        # deterministic by a copy of all features to the host and back.
        rows, _ = tf.unique(items)
        last = tf.gather(features, positions_of(items, rows))
        self.features.scatter_update(tf.IndexedSlices(last, rows))

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
        place = positions_of(items, requested)
        return tf.where(
            (place >= 0)[:, None], tf.gather(fresh, tf.maximum(place, 0)), kept
        )


def positions_of(items: tf.Tensor, requested: tf.Tensor) -> tf.Tensor:
    """Returns the position of each requested item in a list of items.

    By binary search, so that the time does not grow with the catalog.

    Args:
        items: Item indices, int64 [batch], at least one.
        requested: Requested item indices, int64 [n].

    Returns:
        Positions, the last one of a repeated item, -1 for items not in the
        list, int32 [n].
    """
    order = tf.argsort(items, stable=True)
    ascending = tf.gather(items, order)
    last = tf.searchsorted(ascending, requested, side="right") - 1
    last = tf.maximum(last, 0)
    found = tf.gather(ascending, last) == requested
    return tf.where(found, tf.gather(order, last), -1)

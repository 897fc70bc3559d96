"""The features of all photos as they last left the network.

Only the photos of a batch pass the network. Whatever else a step compares with
- histories, negatives - is looked up here, a little out of date where the
network is trained and exact where it is not.
"""

import numpy as np
import tensorflow as tf


class ImageFeatureBank:
    """Features by item index.

    Args:
        num_items: Size of the catalogue.
        features_dim: Width of the features.
    """

    def __init__(self, num_items: int, features_dim: int) -> None:
        self.features = tf.Variable(
            tf.zeros([num_items, features_dim]),
            trainable=False,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )

    def fill(self, features: np.ndarray) -> None:
        """Replaces all features, float32 [items, features_dim]."""
        self.features.assign(features)

    def update(self, items: tf.Tensor, features: tf.Tensor) -> None:
        """Keeps the features that just left the network.

        Args:
            items: Item indices, of all devices, int64 [batch].
            features: float32 [batch, features_dim].
        """
        self.features.scatter_update(tf.IndexedSlices(features, items))

    def take(
        self,
        wanted: tf.Tensor,
        items: tf.Tensor | None = None,
        fresh: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Looks features up.

        Args:
            wanted: Item indices, int64 [n].
            items: Those that just passed the network, int64 [batch].
            fresh: Their features, which gradients go through, float32 [batch,
                features_dim].

        Returns:
            float32 [n, features_dim].
        """
        kept = tf.gather(self.features, wanted)
        if fresh is None:
            return kept
        place = tf.gather(positions_of(items, self.features.shape[0]), wanted)
        return tf.where(
            (place >= 0)[:, None], tf.gather(fresh, tf.maximum(place, 0)), kept
        )


def positions_of(items: tf.Tensor, num_items: int) -> tf.Tensor:
    """Returns where each item of a catalogue stands in a list, else -1.

    Args:
        items: Item indices, int64 [batch].
        num_items: Size of the catalogue.

    Returns:
        int64 [num_items].
    """
    return tf.tensor_scatter_nd_max(
        tf.fill([num_items], tf.constant(-1, tf.int64)),
        items[:, None],
        tf.range(tf.size(items, tf.int64)),
    )

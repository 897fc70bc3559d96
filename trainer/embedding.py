"""Embeds people and the whole catalogue with a model."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from trainer.dataset import Photos
from trainer.metrics import Scorer
from trainer.two_tower import TwoTower

_PHOTOS_A_BATCH = 256


def user_embeddings(model: TwoTower) -> np.ndarray:
    """Returns theta of all users, float32 [users, K]."""
    embeddings: np.ndarray = keras.ops.convert_to_numpy(
        model.user_tower.embeddings
    )
    return embeddings


def embed_catalogue(item_tower: keras.Model, photos: Photos) -> np.ndarray:
    """Returns Phi of all items, float32 [items, K]."""
    return embedding_function(item_tower, photos)()


def embedding_function(
    item_tower: keras.Model, photos: Photos
) -> Callable[[], np.ndarray]:
    """Returns a function that embeds all items with the weights of the day.

    It is traced once, however often it is called.
    """

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    def embed(indices: tf.Tensor) -> tf.Tensor:
        images = tf.cast(photos.take(indices), tf.float32)
        return item_tower(images, training=False)

    indices = tf.data.Dataset.range(len(photos)).batch(_PHOTOS_A_BATCH)
    return lambda: np.concatenate([embed(batch).numpy() for batch in indices])


def embedding_scorer(
    user_vectors: np.ndarray, item_vectors: np.ndarray
) -> Scorer:
    """Returns a scorer by the product of the two embeddings.

    Args:
        user_vectors: theta, float [users, K].
        item_vectors: Phi, float [items, K].
    """

    def score(users: np.ndarray) -> np.ndarray:
        return user_vectors[users] @ item_vectors.T

    return score

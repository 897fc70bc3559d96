"""All people and all items as vectors whose product is the score."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from trainer.data.images import Photos
from trainer.models.fold_in import fit_fold_in
from trainer.models.towers.ease import EASE
from trainer.models.towers.two_tower import TwoTower
from trainer.models.user_encoder import HistoryEncoder
from trainer.models.user_encoder import UserEncoder
from trainer.models.user_encoder import encode_users

_PHOTOS_A_BATCH = 256


@dataclasses.dataclass(frozen=True)
class ItemEmbeddings:
    """What a model makes of items.

    Where it has item biases, D is K + 1, and the last number is the bias.
    Without, D is K.

    Attributes:
        items: float32 [items, D].
        photos: Phi of all items, what their photos alone say, float32
            [items, K].
        encoder: Makes a person of the items they like.
    """

    items: np.ndarray
    photos: np.ndarray
    encoder: UserEncoder


@dataclasses.dataclass(frozen=True)
class Embeddings(ItemEmbeddings):
    """A model, spelled out.

    Attributes:
        users: Where the model has item biases, the last number is 1, float32
            [users, D].
        ease: What is added to the product; None where nothing is.
    """

    users: np.ndarray
    ease: EASE | None


def map_images(
    function: Callable[[tf.Tensor], tf.Tensor],
    photos: Photos,
    items: np.ndarray | None = None,
) -> Callable[[], np.ndarray]:
    """Returns a function that applies another to the photos of a catalogue.

    It is traced once, however often it is called.

    Args:
        function: From photos, uint8 [batch, size, size, 3], to rows.
        photos: The catalogue.
        items: Which of them, int64 [n]; all if None.

    Returns:
        A function that returns the rows of these items, [n, ...].
    """

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    def apply(indices: tf.Tensor) -> tf.Tensor:
        return function(photos.take(indices))

    wanted = np.arange(len(photos)) if items is None else items
    batches = tf.data.Dataset.from_tensor_slices(wanted).batch(_PHOTOS_A_BATCH)
    return lambda: np.concatenate([apply(batch).numpy() for batch in batches])


def compute_embeddings(
    model: TwoTower, features: np.ndarray, train: tf.RaggedTensor
) -> Embeddings:
    """Spells a model out.

    Args:
        model: The model.
        features: Of all photos, `ItemTower.features`, float32 [items, F].
        train: Item indices that each user took, int64 [users, None].
    """
    catalogue = compute_item_embeddings(model, features)
    return Embeddings(
        items=catalogue.items,
        photos=catalogue.photos,
        encoder=catalogue.encoder,
        users=_user_vectors(model, catalogue.encoder, train),
        ease=model.ease,
    )


def compute_item_embeddings(
    model: TwoTower, features: np.ndarray
) -> ItemEmbeddings:
    """Spells out what a model makes of its items.

    Args:
        model: The model.
        features: Of all photos, `ItemTower.features`, float32 [items, F].
    """
    every = np.arange(len(features))
    factors = model.item_embedding
    mask = factors.mask(training=False) if factors else None
    photos = _to_numpy(model.item_tower.projection(features))
    items = _to_numpy(model.item_vectors(features, every, mask))
    encoder: UserEncoder = fit_fold_in(items, has_bias=factors is not None)
    if factors:
        items = _with_column(items, _to_numpy(factors.bias(every)))
    if model.history_tower:
        encoder = HistoryEncoder(
            vectors=_to_numpy(model.history_rows(features, every, mask)),
            offset=_mean_user(model),
            has_bias=factors is not None,
        )
    return ItemEmbeddings(items, photos, encoder)


def _user_vectors(
    model: TwoTower, encoder: UserEncoder, train: tf.RaggedTensor
) -> np.ndarray:
    if not model.history_tower:
        theta = _to_numpy(model.user_tower.embeddings)
        has_bias = model.item_embedding is not None
        return _with_column(theta, np.ones(len(theta))) if has_bias else theta
    users = encode_users(encoder, train)
    if model.user_tower:
        theta = _to_numpy(model.user_tower.embeddings)
        # A stranger is given the mean row, everybody else their own.
        users[:, : theta.shape[1]] += theta - theta.mean(axis=0)
    return users


def _mean_user(model: TwoTower) -> np.ndarray:
    offset = _to_numpy(model.history_tower.offset)
    if model.user_tower:
        offset = offset + _to_numpy(model.user_tower.embeddings).mean(axis=0)
    return offset


def _with_column(vectors: np.ndarray, column: np.ndarray) -> np.ndarray:
    return np.concatenate([vectors, column[:, None].astype(np.float32)], axis=1)


def _to_numpy(values: object) -> np.ndarray:
    array: np.ndarray = keras.ops.convert_to_numpy(values)
    return array.copy()

"""Embeddings of all users and items; their dot product is the score."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from trainer.data.catalog_images import CatalogImages
from trainer.data.images import Photos
from trainer.data.images import decode_jpegs
from trainer.data.interactions import Interactions
from trainer.models.ease import EASE
from trainer.models.fold_in import fit_fold_in
from trainer.models.towers.item_tower import ItemTower
from trainer.models.towers.two_tower import TwoTower
from trainer.models.user_encoder import HistoryEncoder
from trainer.models.user_encoder import UserEncoder
from trainer.models.user_encoder import encode_users

_PHOTOS_PER_BATCH = 16
"""Few enough for the cache of a CPU: an image of 192 pixels takes EfficientNet-
Lite0 19 ms of CPU time, and 33 ms in batches of 256, with equal features."""


@dataclasses.dataclass(frozen=True)
class ItemEmbeddings:
    """Item embeddings of a model, and its encoder of cold-start users.

    With item biases, D is K + 1 and the last column is the bias. Without, D is
    K.

    Attributes:
        items: Item embeddings, float32 [items, D].
        photos: Phi of all items, from their images alone, float32 [items, K].
        encoder: Maps the items of a cold-start user to a user embedding.
        content: Features of the content beside the image, float32 [items, C].
    """

    items: np.ndarray
    photos: np.ndarray
    encoder: UserEncoder
    content: np.ndarray


@dataclasses.dataclass(frozen=True)
class Embeddings(ItemEmbeddings):
    """User and item embeddings of a model.

    Attributes:
        users: User embeddings, float32 [users, D]; with item biases, the last
            column is 1.
        ease: EASE weights whose scores are added to the dot product, or None.
        history_weights: Weights of the training items of each user by
            `history_weights`, or None.
    """

    users: np.ndarray
    ease: EASE | None
    history_weights: tf.RaggedTensor | None = None


def map_images(
    function: Callable[[tf.Tensor], tf.Tensor],
    photos: Photos,
    items: np.ndarray | None = None,
) -> Callable[[], np.ndarray]:
    """Returns a function that maps another over the catalog images.

    It is traced once, however often it is called.

    Args:
        function: Maps images, uint8 [batch, size, size, 3], to rows, [batch,
            ...].
        photos: The catalog images.
        items: Item indices to map over, int64 [n]; all items if None.

    Returns:
        A function that returns the rows of these items, [n, ...].
    """

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.int64)], autograph=False
    )
    def apply(indices: tf.Tensor) -> tf.Tensor:
        return function(photos.take(indices))

    chosen = np.arange(len(photos)) if items is None else items
    batches = tf.data.Dataset.from_tensor_slices(chosen).batch(
        _PHOTOS_PER_BATCH
    )

    def rows() -> np.ndarray:
        # TensorFlow counts the maps of several models as one function, and
        # would warn of retracing; it does not count a concrete function.
        traced = apply.get_concrete_function()
        return np.concatenate([traced(batch).numpy() for batch in batches])

    return rows


def map_catalog(
    function: Callable[[tf.Tensor], tf.Tensor], images: CatalogImages
) -> np.ndarray:
    """Maps a function over all images, which are read block by block.

    Args:
        function: Maps images, uint8 [batch, size, size, 3], to rows, [batch,
            ...].
        images: The catalog images.

    Returns:
        Rows in item index order, [items, ...].

    Raises:
        UserError: If a shard of the items is damaged or inconsistent.
    """

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.string)], autograph=False
    )
    def apply(jpegs: tf.Tensor) -> tf.Tensor:
        return function(decode_jpegs(jpegs, images.image_size))

    traced = apply.get_concrete_function()
    shape = (len(images), *traced.output_shapes[1:])
    rows = np.empty(shape, traced.output_dtypes.as_numpy_dtype)
    for items, jpegs in images.blocks():
        for start in range(0, len(items), _PHOTOS_PER_BATCH):
            batch = slice(start, start + _PHOTOS_PER_BATCH)
            rows[items[batch]] = traced(jpegs[batch])
    return rows


def add_users(
    model: TwoTower, item_embeddings: ItemEmbeddings, interactions: Interactions
) -> Embeddings:
    """Adds the user embeddings of a model to its item embeddings.

    Args:
        model: The two-tower model.
        item_embeddings: Item embeddings of the model.
        interactions: The training interactions of the users.
    """
    weights = history_weights(model, interactions)
    return Embeddings(
        items=item_embeddings.items,
        photos=item_embeddings.photos,
        encoder=item_embeddings.encoder,
        content=item_embeddings.content,
        users=_user_vectors(
            model, item_embeddings.encoder, interactions.train, weights
        ),
        ease=model.ease,
        history_weights=weights,
    )


def history_weights(
    model: TwoTower, interactions: Interactions
) -> tf.RaggedTensor | None:
    """Returns the weights of the users' training items in their histories.

    w_ui d_ui, with the weight w of the interaction and the decay d of the
    model, see `RecencyDecay`, at the end of the training interactions.

    Args:
        model: The two-tower model.
        interactions: The training interactions of the users.

    Returns:
        Ragged float32 like `interactions.train`; None if all are 1.
    """
    tower, recency = model.history_tower, interactions.recency
    if not tower or not tower.decay or recency is None:
        return interactions.weights
    decay = interactions.train.with_values(_to_numpy(tower.decay(recency)))
    return (
        decay if interactions.weights is None else decay * interactions.weights
    )


def image_embeddings(phi: np.ndarray) -> ItemEmbeddings:
    """Returns the item embeddings of a model that knows images alone.

    Args:
        phi: Phi of all items, float32 [items, K].
    """
    encoder = fit_fold_in(phi, has_bias=False)
    return ItemEmbeddings(phi, phi, encoder, phi[:, :0])


def compute_item_embeddings(
    model: TwoTower, features: np.ndarray
) -> ItemEmbeddings:
    """Computes the item embeddings of a model.

    Args:
        model: The two-tower model.
        features: Features of all items, those of `ItemTower.features` first,
            float32 [items, F].
    """
    every = np.arange(len(features))
    factors = model.item_embedding
    photos = _to_numpy(_image_part(model.item_tower, features))
    mask = factors.mask(training=False) if factors else None
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
    content = features[:, model.item_tower.image_dim :]
    return ItemEmbeddings(items, photos, encoder, content)


def _image_part(tower: ItemTower, features: np.ndarray) -> object:
    """Returns Phi by images alone; by all features of a tower without them."""
    seen = np.arange(tower.features_dim) < (
        tower.image_dim or tower.features_dim
    )
    return tower.projection(tower.scaled(features * seen.astype(np.float32)))


def _user_vectors(
    model: TwoTower,
    encoder: UserEncoder,
    train: tf.RaggedTensor,
    weights: tf.RaggedTensor | None,
) -> np.ndarray:
    if not model.history_tower:
        theta = _to_numpy(model.user_tower.embeddings)
        has_bias = model.item_embedding is not None
        return _with_column(theta, np.ones(len(theta))) if has_bias else theta
    users = encode_users(encoder, train, weights)
    if model.user_tower:
        theta = _to_numpy(model.user_tower.embeddings)
        # The encoder adds the mean row, as for cold-start users; replace it.
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

"""Replaces the catalog of a trained recommender, without training.

Items that remain keep their learned parameters and use their current images.
New items have no interactions, so they are cold items, scored by their image
alone. User embeddings stay as they are.
"""

import dataclasses

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.catalog_images import CatalogImages
from trainer.data.interactions import Interactions
from trainer.data.interactions import by_user
from trainer.data.item_content import load_item_content
from trainer.data.user_holdout import HeldOutUsers
from trainer.models.ease import EASE
from trainer.models.embeddings import compute_item_embeddings
from trainer.models.embeddings import map_catalog
from trainer.models.towers.item_embedding import ItemEmbedding
from trainer.recommender.trained_model import TrainedRecommender
from trainer.recommender.trained_model import load_best_model
from trainer.recommender.trained_model import load_recommender
from trainer.recommender.trained_model import text_search_of
from trainer.training.run import Run


def load_with_items(run: Run, data_dir: str) -> TrainedRecommender:
    """Loads a trained run with the catalog of another data set.

    Args:
        run: The trained run.
        data_dir: Prepared data set with the new catalog; its interactions are
            not read.

    Raises:
        UserError: If the run is not trained, its own data set is missing, or
            the new images have another size, resize mode or background than
            those of the training.
    """
    _check_photos(run, data_dir)
    trained = load_recommender(run)
    old = trained.interactions
    item_ids = read_vocabulary(paths.vocabulary(data_dir, "items"))
    places = {item_id: place for place, item_id in enumerate(old.item_ids)}
    rows = np.array([places.get(item_id, -1) for item_id in item_ids])
    model = load_best_model(run, old)
    if model.item_embedding:
        counts = np.where(rows >= 0, old.train_counts()[rows], 0)
        model.item_embedding = _factors(model.item_embedding, counts, rows)
    images = CatalogImages(data_dir)
    features = map_catalog(model.item_tower.features, images)
    if encoder := model.item_tower.content:
        content = load_item_content(
            data_dir, run.config.features, run.config.features_dim
        )
        features = np.concatenate([features, encoder.encode(content)], axis=1)
    if model.ease:
        model.ease = _refit_ease(model.ease, rows)
        if model.ease.similarity_weight:
            model.ease.fit_similar(features)
    embeddings = compute_item_embeddings(model, features)
    interactions, history_weights = _with_items(
        old, item_ids, rows, trained.history_weights
    )
    return dataclasses.replace(
        trained,
        interactions=interactions,
        history_weights=history_weights,
        held_out_users=_held_out_users(
            trained.held_out_users, _reversed(rows, len(old.item_ids))
        ),
        images=images,
        item_tower=model.item_tower,
        item_vectors=embeddings.items,
        visual_vectors=embeddings.photos,
        encoder=embeddings.encoder,
        ease=model.ease,
        text_search=text_search_of(model, embeddings, trained.user_vectors),
    )


def _check_photos(run: Run, data_dir: str) -> None:
    manifest = Manifest.read(data_dir)
    given, wanted = (
        f"--image_size {one.image_size} --resize {one.resize} --background "
        f"{one.background}"
        for one in (manifest, run)
    )
    if given != wanted:
        raise UserError(
            f"{data_dir} was prepared with {given}, but {run.run_dir} was "
            f"trained on {wanted}; prepare the data with the flags of the "
            "training"
        )


def _with_items(
    old: Interactions,
    item_ids: list[str],
    rows: np.ndarray,
    weights: tf.RaggedTensor | None,
) -> tuple[Interactions, tf.RaggedTensor | None]:
    """Returns the interactions with the items that remain, and their weights.

    Args:
        old: Interactions of the training, with the old item indices.
        item_ids: Item ids of the new catalog.
        rows: Old index of each new item, -1 for a new one, int64 [new items].
        weights: Weights of the training items of each user, ragged float32
            [users, None], or None.
    """
    new_index = _reversed(rows, len(old.item_ids))
    pairs, order = _remaining(
        np.stack(
            [old.train.value_rowids().numpy(), old.train.values.numpy()], axis=1
        ),
        new_index,
    )
    train = by_user(pairs, len(old.user_ids))
    weights, times, owned = (
        None
        if values is None
        else train.with_values(tf.gather(values.values, order))
        for values in (weights, old.times, old.owned)
    )
    interactions = Interactions(
        user_ids=old.user_ids,
        item_ids=item_ids,
        train=train,
        validation=_remaining(old.validation, new_index)[0],
        test=_remaining(old.test, new_index)[0],
        times=times,
        owned=owned,
    )
    return interactions, weights


def _held_out_users(
    old: HeldOutUsers | None, new_index: np.ndarray
) -> HeldOutUsers | None:
    """Returns the held-out users with the items that remain, if any.

    Args:
        old: Held-out users of the training, with the old item indices.
        new_index: New index of each old item, -1 for a removed one, int64 [old
            items].
    """
    if old is None:
        return None
    given = old.fold_in_items
    pairs = np.stack([given.value_rowids(), given.values], axis=1)
    return HeldOutUsers(
        old.user_ids,
        by_user(_remaining(pairs, new_index)[0], len(old.user_ids)),
        _remaining(old.held_out_items, new_index)[0],
    )


def _remaining(
    pairs: np.ndarray, new_index: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the (user, item) pairs of the items that remain, sorted.

    Args:
        pairs: (user, item) pairs, with the old item indices, int64 [pairs, 2].
        new_index: New index of each old item, -1 for a removed one, int64 [old
            items].

    Returns:
        The pairs, int64 [remaining, 2], and the position of each in `pairs`,
        int64 [remaining].
    """
    pairs = np.stack([pairs[:, 0], new_index[pairs[:, 1]]], axis=1)
    order = np.lexsort(pairs.T[::-1])
    order = order[pairs[order, 1] >= 0]
    return pairs[order], order


def _factors(
    old: ItemEmbedding, counts: np.ndarray, rows: np.ndarray
) -> ItemEmbedding:
    """Returns the embeddings of the new catalog, zeros for new items."""
    in_histories = old.history_vectors is not None
    width = old.vectors.shape[1]
    new = ItemEmbedding(counts, width, dropout=0.0, in_histories=in_histories)
    kept = rows >= 0
    for before, after in zip(old.weights, new.weights, strict=True):
        values = np.asarray(before)
        if values.ndim:
            new_values = np.zeros((len(rows), *values.shape[1:]), values.dtype)
            new_values[kept] = values[rows[kept]]
            values = new_values
        after.assign(values)
    return new


def _refit_ease(old: EASE, rows: np.ndarray) -> EASE:
    """Returns the EASE weights between the items that remain."""
    neighbours, weights = (
        np.asarray(values)[:, : old.num_fitted]
        for values in (old.neighbours, old.weights_to)
    )
    new_index = _reversed(rows, len(neighbours))[neighbours]
    gone = new_index < 0
    new = EASE(len(rows), old.weight, old.similarity_weight)
    # Remaining neighbors go first, as a small new catalog has fewer columns.
    order = np.argsort(gone, axis=1, kind="stable")[:, : new.num_fitted]
    new_index, weights = (
        np.take_along_axis(np.where(gone, 0, values), order, axis=1)
        for values in (new_index, weights)
    )
    kept = rows >= 0
    for values, after in (
        (new_index, new.neighbours),
        (weights, new.weights_to),
    ):
        new_values = np.zeros(after.shape, values.dtype)
        new_values[kept, : new.num_fitted] = values[rows[kept]]
        after.assign(new_values)
    return new


def _reversed(rows: np.ndarray, num_items: int) -> np.ndarray:
    """Returns the new index of each old item, -1 for a removed one."""
    new_index = np.full(num_items, -1)
    kept = np.flatnonzero(rows >= 0)
    new_index[rows[kept]] = kept
    return new_index

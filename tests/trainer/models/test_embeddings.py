"""A model spelled out: products of vectors are its own scores."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from trainer.data.catalog_images import CatalogImages
from trainer.data.images import load_photos
from trainer.models.backbones import build_backbone
from trainer.models.embeddings import add_users
from trainer.models.embeddings import compute_item_embeddings
from trainer.models.embeddings import map_catalog
from trainer.models.embeddings import map_images
from trainer.models.fold_in import FoldIn
from trainer.models.user_encoder import HistoryEncoder
from trainer.models.user_encoder import encode_users


@pytest.fixture
def spelled_out(make_training, colours):
    """Returns spelled_out(**config): a model of random weights, and vectors."""

    def make(interactions=colours[0], **values):
        training = make_training(
            None,
            interactions,
            positives_per_image=2,
            negatives="mixed",
            **values,
        )
        rng = np.random.default_rng(3)
        for variable in training.model.trainable_variables:
            variable.assign(0.4 * rng.normal(size=variable.shape))
        features = rng.normal(size=(len(colours[1]), 4)).astype(np.float32)
        items = compute_item_embeddings(training.model, features)
        vectors = add_users(training.model, items, interactions)
        return training.model, features, vectors

    return make


def rows(model, features, train, trust, factors=None):
    """theta of each person from the weights, [users, K].

    `factors` are of the items of each person, [[factor]].
    """
    factors = factors or [np.ones(len(history)) for history in train]
    theta = 0.0
    if model.user_tower:
        theta = theta + model.user_tower.embeddings.numpy()
    if model.history_tower:
        kernel, bias = model.history_tower.projection.get_weights()
        items = features @ kernel + bias
        if model.item_embedding:
            items = items + (
                trust * model.item_embedding.history_vectors.numpy()
            )
        query = model.history_tower.attention.kernel.numpy()
        weights = np.exp(items @ query)
        sums = [
            (factor[:, None] * (weights * items)[history]).sum(axis=0)
            / np.sqrt((factor[:, None] * weights[history]).sum())
            for history, factor in zip(train, factors, strict=True)
        ]
        theta = theta + np.array(sums) + model.history_tower.offset.numpy()
    return theta


@pytest.mark.parametrize("user_tower", ["id", "history", "both"])
@pytest.mark.parametrize("item_embeddings", [0, 1])
def test_products_are_the_models_own_scores(
    spelled_out, colours, user_tower, item_embeddings
):
    interactions, _ = colours
    model, features, result = spelled_out(
        user_tower=user_tower, item_embeddings=item_embeddings
    )
    kernel, bias = model.item_tower.projection.get_weights()
    phi = features @ kernel + bias
    counts = interactions.train_counts()[:, None]
    trust = counts / (counts + 3.0)
    items, biases = phi.copy(), 0.0
    if item_embeddings:
        factors = model.item_embedding
        items += trust * factors.vectors.numpy()
        biases = trust[:, 0] * factors.biases.numpy()
        biases += (1 - trust[:, 0]) * factors.common_bias.numpy()
    theta = rows(model, features, interactions.train.to_list(), trust)
    np.testing.assert_allclose(
        result.users @ result.items.T, theta @ items.T + biases, atol=1e-4
    )
    np.testing.assert_allclose(result.photos, phi, atol=1e-5)
    width = 3 + item_embeddings
    assert result.users.shape == (12, width)
    assert result.items.shape == (30, width)
    for array in (result.users, result.items, result.photos):
        assert array.dtype == np.float32


@pytest.mark.parametrize("recency_decay", [False, True])
def test_items_of_a_history_count_by_weight_and_recency(
    spelled_out, weighed_colours, recency_decay
):
    model, features, result = spelled_out(
        weighed_colours, user_tower="both", recency_decay=recency_decay
    )
    train, times = weighed_colours.train, weighed_colours.times.to_list()
    latest, factors = np.max(np.concatenate(times)), []
    a, b = 0.0, 0.0
    if recency_decay:
        a, b = model.history_tower.decay.exponents.numpy()
    for own, weights in zip(
        times, weighed_colours.weights.to_list(), strict=True
    ):
        orders = [1 + len({t for t in own if t > time}) for time in own]
        ages = (latest - np.array(own)) / 86_400
        factors.append(
            weights * (1 + ages) ** -a * (1 + np.array(orders)) ** -b
        )
    expected = rows(model, features, train.to_list(), 0.0, factors)
    np.testing.assert_allclose(result.users, expected, atol=1e-4)
    np.testing.assert_allclose(
        result.history_weights.values, np.concatenate(factors), rtol=1e-4
    )


def test_without_times_nothing_decays(spelled_out):
    _, _, result = spelled_out(user_tower="history", recency_decay=True)
    assert result.history_weights is None


@pytest.mark.parametrize("item_embeddings", [0, 1])
def test_the_items_of_a_user_give_their_row(
    spelled_out, colours, item_embeddings
):
    """The history tower knows people it never saw as well as the others."""
    _, _, result = spelled_out(
        user_tower="history", item_embeddings=item_embeddings
    )
    assert isinstance(result.encoder, HistoryEncoder)
    again = encode_users(result.encoder, colours[0].train)
    np.testing.assert_array_equal(again, result.users)


def test_a_cold_start_user_gets_the_mean_row(spelled_out, colours):
    model, _, result = spelled_out(user_tower="both", item_embeddings=1)
    stranger = encode_users(result.encoder, colours[0].train)
    embeddings = model.user_tower.embeddings.numpy()
    np.testing.assert_allclose(
        (result.users - stranger)[:, :3],
        embeddings - embeddings.mean(axis=0),
        atol=1e-5,
    )
    np.testing.assert_array_equal(stranger[:, 3], np.ones(12))


@pytest.mark.parametrize("item_embeddings", [0, 1])
def test_the_id_tower_folds_cold_start_users_in(
    spelled_out, colours, item_embeddings
):
    model, _, result = spelled_out(
        user_tower="id", item_embeddings=item_embeddings
    )
    assert isinstance(result.encoder, FoldIn)
    np.testing.assert_array_equal(result.encoder.vectors, result.items[:, :3])
    users = encode_users(result.encoder, colours[0].train)
    assert users.shape == result.users.shape
    scores = users @ result.items.T
    own = [scores[u, items].mean() for u, items in enumerate(colours[0].train)]
    assert np.mean(own) > scores.mean()


def test_the_catalog_is_embedded_in_index_order(make_training, colours):
    _, photos = colours
    tower = make_training().model.item_tower
    apply = map_images(tower, photos)
    result = apply()
    assert result.shape == (len(photos), 3)
    phi = tower(tf.cast(photos.take([7]), tf.float32), training=False)
    np.testing.assert_allclose(result[7], phi[0], rtol=1e-3, atol=1e-5)
    # A second call sees what the weights have become.
    tower.projection.bias.assign([1.0, 2.0, 3.0])
    np.testing.assert_allclose(
        apply() - result, np.tile([1.0, 2.0, 3.0], (30, 1)), atol=1e-5
    )


def test_more_photos_than_a_batch(monkeypatch, colours):
    monkeypatch.setattr("trainer.models.embeddings._PHOTOS_PER_BATCH", 7)
    result = map_images(
        lambda photos: tf.reduce_mean(tf.cast(photos, tf.float32), [1, 2]),
        colours[1],
    )()
    pixels = ops.convert_to_numpy(colours[1].take(np.arange(30)))
    np.testing.assert_allclose(result, pixels.mean(axis=(1, 2)), rtol=1e-5)


def test_images_read_by_block_give_the_same_embeddings(data_dir, monkeypatch):
    monkeypatch.setattr("atelier.schema.records._READ_BATCH", 20)
    backbone = build_backbone("small", 32)

    def features(photos):
        return backbone(tf.cast(photos, tf.float32) / 255)

    # But for the order of sums, which differs with the size of a batch.
    np.testing.assert_allclose(
        map_catalog(features, CatalogImages(data_dir)),
        map_images(features, load_photos(data_dir, memory_bytes=0))(),
        rtol=1e-5,
        atol=1e-6,
    )


def test_maps_of_several_models_are_not_warned_of(colours, caplog):
    for factor in range(6):
        apply = map_images(
            lambda images, factor=factor: factor * images[:, 0, 0, 0],
            colours[1],
        )
        assert len(apply()) == len(colours[1])
    assert "retracing" not in caplog.text

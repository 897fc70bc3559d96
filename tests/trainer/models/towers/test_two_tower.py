import keras
import numpy as np
import pytest
from keras import ops

from trainer.models.towers.item_tower import ItemTower
from trainer.models.towers.two_tower import TwoTower

COUNTS = np.array([2, 0, 1, 3, 0])


def towers(num_users=4, **values):
    keras.utils.set_random_seed(1)
    return TwoTower(ItemTower(16, embedding_dim=6), num_users, COUNTS, **values)


@pytest.fixture
def model():
    return towers()


@pytest.fixture
def batch():
    rng = np.random.default_rng(2)
    return {
        "user": np.array([0, 3, 3]),
        "positive": rng.integers(0, 256, (3, 16, 16, 3)).astype(np.uint8),
        "negative": rng.integers(0, 256, (3, 16, 16, 3)).astype(np.uint8),
    }


def test_a_score_is_the_product_of_the_two_embeddings(model, batch):
    positive, negative = np.transpose(model(batch, training=False))
    theta = ops.convert_to_numpy(model.user_tower.embeddings)[batch["user"]]
    np.testing.assert_allclose(model.score_triples(batch)[2], theta)
    for scores, photos in (
        (positive, batch["positive"]),
        (negative, batch["negative"]),
    ):
        phi = model.item_tower(photos.astype(np.float32), training=False)
        np.testing.assert_allclose(
            scores, np.sum(theta * ops.convert_to_numpy(phi), axis=1), rtol=1e-4
        )


def test_the_papers_model_has_two_towers_and_nothing_else(model):
    assert {weight.path.split("/")[0] for weight in model.weights} == {
        *(f"{name}{index}" for name in ("conv", "norm") for index in (1, 2, 3)),
        "projection",
        "user_tower",
    }
    assert model.history_tower is None
    assert model.item_embedding is None


@pytest.mark.parametrize("user_tower", ["id", "history", "both"])
@pytest.mark.parametrize("item_embeddings", [False, True])
def test_each_part_is_there_when_it_is_asked_for(user_tower, item_embeddings):
    model = towers(user_tower=user_tower, item_embeddings=item_embeddings)
    owners = {weight.path.split("/")[0] for weight in model.weights}
    assert ("user_tower" in owners) == (user_tower != "history")
    assert ("history_tower" in owners) == (user_tower != "id")
    assert ("history_projection" in owners) == (user_tower != "id")
    assert ("item_embedding" in owners) == item_embeddings


def test_item_vectors_are_phi_and_what_is_known_of_the_item():
    model = towers(user_tower="history", item_embeddings=True)
    features = np.random.default_rng(0).normal(size=(3, 256))
    items = np.array([3, 1, 0])
    factors = model.item_embedding
    mask = factors.mask(training=False)
    for result, projection, vectors in (
        (
            model.item_vectors(features, items, mask),
            model.item_tower.projection,
            factors.vectors,
        ),
        (
            model.history_rows(features, items, mask)[:, :-1],
            model.history_tower.projection,
            factors.history_vectors,
        ),
    ):
        kernel, bias = projection.get_weights()
        expected = features @ kernel + bias
        # Three took item 3, nobody item 1, two item 0.
        trust = np.array([[3 / 6], [0], [2 / 5]])
        expected += trust * vectors.numpy()[items]
        np.testing.assert_allclose(result, expected, rtol=1e-3, atol=1e-5)


def test_features_are_dropped_in_training_only():
    model = towers(feature_dropout=0.5)
    features = np.ones((3, 256), np.float32)

    def vectors(training):
        return ops.convert_to_numpy(
            model.item_vectors(features, np.arange(3), None, training=training)
        )

    np.testing.assert_array_equal(vectors(False)[0], vectors(False)[1])
    assert not np.allclose(vectors(True)[0], vectors(True)[1])

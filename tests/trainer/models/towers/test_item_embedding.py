import keras
import numpy as np
import pytest

from trainer.models.towers import item_embedding
from trainer.models.towers.item_embedding import ItemEmbedding

COUNTS = np.array([3, 0, 1, 0, 7])
TRUST = np.array([3 / 6, 0, 1 / 4, 0, 7 / 10], np.float32)


@pytest.fixture
def make_factors():
    def make(dropout=0.0, counts=COUNTS):
        keras.utils.set_random_seed(5)
        factors = ItemEmbedding(counts, 4, dropout, in_histories=True)
        factors.biases.assign(np.arange(1.0, len(counts) + 1))
        return factors

    return make


@pytest.mark.parametrize("part", ["item_part", "history_part"])
def test_vectors_are_weighted_by_their_interaction_count(make_factors, part):
    factors = make_factors()
    items = np.array([4, 1, 0, 4])
    mask = factors.mask(training=False)
    vectors = {
        "item_part": factors.vectors,
        "history_part": factors.history_vectors,
    }[part]
    expected = vectors.numpy()[items] * TRUST[items][:, None]
    assert expected[0].any()
    assert not expected[1].any()
    result = getattr(factors, part)(items, mask)
    np.testing.assert_array_equal(result, expected)


def test_a_bias_is_the_common_one_for_rare_items(make_factors):
    factors = make_factors()
    factors.common_bias.assign(-8.0)
    own = np.arange(1.0, 6.0)
    expected = TRUST * own + (1 - TRUST) * -8
    np.testing.assert_allclose(factors.bias(np.arange(5)), expected, rtol=1e-6)
    assert expected[1] == -8


def test_without_histories_there_are_no_vectors_for_them():
    factors = ItemEmbedding(COUNTS, 4, 0.0, in_histories=False)
    assert len(factors.trainable_variables) == 3


def test_they_start_small_and_without_bias():
    factors = ItemEmbedding(np.ones(500, int), 20, 0.0, in_histories=True)
    assert not factors.biases.numpy().any()
    for vectors in (factors.vectors, factors.history_vectors):
        np.testing.assert_allclose(vectors.numpy().std(), 0.01, rtol=0.05)
    assert not np.array_equal(
        factors.vectors.numpy(), factors.history_vectors.numpy()
    )


def test_a_random_part_is_dropped_in_each_step(make_factors):
    factors = make_factors(0.3, np.ones(3000, int))
    first, second = (
        keras.ops.convert_to_numpy(factors.mask(training=True))
        for _ in range(2)
    )
    assert not np.array_equal(first, second)
    assert set(first.tolist()) == {0, 1}
    np.testing.assert_allclose(first.mean(), 0.7, atol=0.03)
    items = np.arange(3000)
    whole = factors.item_part(items, factors.mask(training=False))
    for part in (factors.item_part, factors.history_part):
        dropped = keras.ops.convert_to_numpy(part(items, first))
        np.testing.assert_array_equal(dropped.any(axis=1), first)
    np.testing.assert_array_equal(
        factors.item_part(items, first), first[:, None] * whole
    )


def test_a_large_catalog_takes_no_more_draws(make_factors, monkeypatch):
    monkeypatch.setattr(item_embedding, "MAX_DRAWS", 8)
    factors = make_factors(0.5, np.ones(20, int))
    mask = keras.ops.convert_to_numpy(factors.mask(training=True))
    assert mask.shape == (8,)
    kept = keras.ops.convert_to_numpy(factors.item_part(np.arange(20), mask))
    np.testing.assert_array_equal(kept.any(axis=1), np.tile(mask, 3)[:20])


def test_without_dropout_training_uses_all(make_factors):
    assert np.all(make_factors().mask(training=True))

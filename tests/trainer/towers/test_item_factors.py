import keras
import numpy as np
import pytest

from trainer.towers.item_factors import ItemFactors

COUNTS = np.array([3, 0, 1, 0, 7])
TAKEN = COUNTS > 0


@pytest.fixture
def make_factors():
    def make(dropout=0.0, counts=COUNTS):
        keras.utils.set_random_seed(5)
        factors = ItemFactors(counts, 4, dropout)
        factors.biases.assign(np.arange(1.0, len(counts) + 1))
        return factors

    return make


@pytest.mark.parametrize("part", ["item_part", "history_part"])
def test_items_of_nobody_have_no_vector(make_factors, part):
    factors = make_factors()
    items = np.array([4, 1, 0, 4])
    mask = factors.mask(training=False)
    vectors = {
        "item_part": factors.vectors,
        "history_part": factors.history_vectors,
    }[part]
    expected = vectors.numpy()[items] * TAKEN[items][:, None]
    assert expected[0].any()
    found = getattr(factors, part)(items, mask)
    np.testing.assert_array_equal(found, expected)


def test_items_of_nobody_have_no_bias(make_factors):
    found = make_factors().bias(np.arange(5))
    np.testing.assert_array_equal(found, [1, 0, 3, 0, 5])


def test_they_start_small_and_without_bias():
    factors = ItemFactors(np.ones(500, int), 20, 0.0)
    assert not factors.biases.numpy().any()
    for vectors in (factors.vectors, factors.history_vectors):
        np.testing.assert_allclose(vectors.numpy().std(), 0.01, rtol=0.05)
    assert not np.array_equal(
        factors.vectors.numpy(), factors.history_vectors.numpy()
    )


def test_a_random_part_is_left_out_of_each_step(make_factors):
    counts = np.arange(4000) % 4  # A quarter was taken by nobody.
    factors = make_factors(0.3, counts)
    one, other = (
        keras.ops.convert_to_numpy(factors.mask(training=True))
        for _ in range(2)
    )
    assert not np.array_equal(one, other)
    assert set(np.unique(one)) == {0, 1}
    assert not one[counts == 0].any()
    np.testing.assert_allclose(one[counts > 0].mean(), 0.7, atol=0.03)
    served = factors.mask(training=False)
    np.testing.assert_array_equal(served, counts > 0)


def test_without_dropout_training_uses_all(make_factors):
    np.testing.assert_array_equal(make_factors().mask(training=True), TAKEN)

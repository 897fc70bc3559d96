import numpy as np
import pytest
import tensorflow as tf

from trainer.metrics.ranking.scorer import product_scorer
from trainer.metrics.ranking.scorer import restricted
from trainer.metrics.ranking.scorer import with_ease
from trainer.models.ease import EASE

RNG = np.random.default_rng(0)


def test_scores_are_products_of_the_vectors():
    users, items = np.eye(3), np.arange(12.0).reshape(4, 3)
    scores = product_scorer(users, items)(np.array([2, 0]))
    np.testing.assert_array_equal(scores, [items[:, 2], items[:, 0]])


@pytest.mark.parametrize("users", [1, 2, 7])
@pytest.mark.parametrize("items", [37, 101, 5398])
def test_equal_vectors_score_equal_to_the_last_bit(users, items):
    """They would not by a matrix product alone, which this shows as well."""
    user_vectors = RNG.standard_normal((users, 50), np.float32)
    vectors = np.repeat(RNG.standard_normal((1, 50), np.float32), items, 0)
    vectors[3] = 1.0
    scores = product_scorer(user_vectors, vectors)(np.arange(users))
    same = np.delete(scores, 3, axis=1)
    assert (same == same[:, :1]).all()
    np.testing.assert_allclose(
        scores, user_vectors @ vectors.T, rtol=1e-5, atol=1e-5
    )


def test_zeros_of_either_sign_are_the_same_vector():
    vectors = np.array([[0.0, 1.0], [-0.0, 1.0]], np.float32)
    scores = product_scorer(np.ones((1, 2), np.float32), vectors)([0])
    assert scores[0, 0] == scores[0, 1]


def test_vectors_of_equal_projection_keep_their_scores():
    """Each sums up to the same, at least as far as floats can tell."""
    vectors = np.array([[1e30, 1.0], [1e30, 2.0]], np.float32)
    scores = product_scorer(np.array([[0.0, 1.0]], np.float32), vectors)([0])
    assert scores.tolist() == [[1, 2]]


def test_a_restricted_scorer_scores_only_the_candidates():
    scores = RNG.standard_normal((3, 5))
    score = restricted(lambda users: scores[users], np.array([1, 4]))
    np.testing.assert_array_equal(score(np.array([2])), scores[[2]][:, [1, 4]])


def test_ease_scores_are_added():
    histories = tf.ragged.constant([[0, 1], [2], [], [0, 1, 3]], tf.int64)
    layer = EASE(4, 30.0)
    layer.fit(histories.values.numpy(), histories.row_splits.numpy())
    every = np.arange(4)
    weights = np.array(layer(every, every, num_users=4))
    assert weights[0, 3] > 0
    towers = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)
    users = np.array([3, 0, 2])
    result = with_ease(lambda of: towers[of], layer, histories)(users)
    expected = towers[users]
    expected[0] += weights[[0, 1, 3]].sum(axis=0)
    expected[1] += weights[[0, 1]].sum(axis=0)
    np.testing.assert_allclose(result, expected, rtol=1e-5)
    doubled = histories.with_values(2 * np.ones(6, np.float32))
    result = with_ease(lambda of: towers[of], layer, histories, doubled)(users)
    np.testing.assert_allclose(
        result, 2 * expected - towers[users], rtol=1e-5, atol=1e-6
    )


def test_without_weights_a_score_stays_what_it_is():
    def score(users):
        raise AssertionError

    assert with_ease(score, None, None) is score

"""Maximal marginal relevance against picking one item after the other."""

import numpy as np
import pytest
import tensorflow as tf

from export.index.mmr import mmr
from export.index.top_k import NO_SCORE

ROWS, CANDIDATES, K = 4, 24, 10


@pytest.fixture(scope="module")
def scores():
    """Best first; of the last row only 6 candidates are listed."""
    drawn = np.random.default_rng(0).gumbel(size=(ROWS, CANDIDATES)) * 3
    drawn = -np.sort(-drawn, axis=1).astype(np.float32)
    drawn[-1, 6:] = NO_SCORE
    return drawn


@pytest.fixture(scope="module")
def directions():
    drawn = np.random.default_rng(1).normal(size=(ROWS, CANDIDATES, 3))
    drawn /= np.linalg.norm(drawn, axis=2, keepdims=True)
    return drawn.astype(np.float32)


def oracle(scores, directions, diversity):
    listed = np.flatnonzero(scores > NO_SCORE)
    span = scores[listed].max() - scores[listed].min()
    relevance = (scores - scores[listed].min()) / span
    picks = []
    while len(picks) < min(K, len(listed)):
        gains = [
            (1 - diversity) * relevance[item]
            - diversity * max(directions[picks] @ directions[item], default=-1)
            if item not in picks
            else -np.inf
            for item in listed
        ]
        picks.append(listed[np.argmax(gains)])
    return picks


@pytest.mark.parametrize(
    "diversity", [[0, 0, 0, 0], [0.3, 0, 0.7, 0.5], [1, 0.9, 0.1, 1]]
)
def test_equals_greedy_picks(scores, directions, diversity):
    picks = tf.function(mmr, autograph=False)(
        tf.constant(scores),
        tf.constant(directions),
        tf.constant(diversity, tf.float32),
        K,
    ).numpy()
    assert picks.shape == (ROWS, K)
    for row, share in enumerate(diversity):
        expected = oracle(scores[row], directions[row], share)
        assert picks[row, : len(expected)].tolist() == expected
        assert len(set(picks[row])) == K
        if not share:
            assert picks[row].tolist() == list(range(K))
    assert set(picks[-1, :6]) == set(range(6))


@pytest.mark.parametrize("diversity", [0.0, 0.6, 1.0])
def test_ranks_come_before_gains(scores, directions, diversity):
    """Two pinned candidates first, buried ones after all others."""
    ranks = np.zeros((ROWS, CANDIDATES), np.int32)
    ranks[:, [3, 1]] = [2, 1]
    ranks[:, 0] = -1
    picks = mmr(
        tf.constant(scores),
        tf.constant(directions),
        tf.fill([ROWS], diversity),
        K,
        tf.constant(ranks),
    ).numpy()
    assert (picks[:, :2] == [3, 1]).all()
    assert 0 not in picks[:-1]
    assert set(picks[-1, 2:5]) == {2, 4, 5}
    assert picks[-1, 5] == 0


def test_rows_of_equal_scores_and_of_nothing():
    directions = np.zeros((2, 3, 2), np.float32)
    scores = tf.constant([[2.0] * 3, [NO_SCORE] * 3])
    picks = mmr(scores, tf.constant(directions), tf.constant([0.5, 1.0]), 3)
    assert picks.numpy().tolist() == [[0, 1, 2], [0, 1, 2]]
    nothing = mmr(scores[:0], tf.constant(directions[:0]), tf.zeros([0]), 3)
    assert nothing.shape == (0, 3)

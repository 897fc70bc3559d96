import numpy as np
import pytest
from scipy.optimize import minimize

from trainer.metrics.generative.bradley_terry import PRIOR
from trainer.metrics.generative.bradley_terry import bradley_terry
from trainer.metrics.generative.bradley_terry import count_wins
from trainer.metrics.generative.bradley_terry import score_intervals


def test_two_sources_have_the_odds_of_their_wins():
    low, high = bradley_terry(np.array([[0, 3], [12, 0]]))
    assert high - low == pytest.approx(np.log((12 + PRIOR) / (3 + PRIOR)))
    assert high + low == pytest.approx(0.0)


def test_scores_maximize_the_likelihood():
    wins = np.random.default_rng(0).integers(0, 20, (4, 4)) * (1 - np.eye(4))
    counts = wins + PRIOR * (1 - np.eye(4))

    def loss(scores):
        gaps = scores[:, None] - scores
        return np.sum(counts * np.log1p(np.exp(-gaps)))

    expected = minimize(loss, np.zeros(4), tol=1e-10).x
    found = bradley_terry(wins)
    assert found == pytest.approx(expected - expected.mean(), abs=1e-4)


def test_a_source_that_never_wins_has_a_finite_score():
    scores = bradley_terry(np.array([[0, 9, 9], [0, 0, 5], [0, 4, 0]]))
    assert np.isfinite(scores).all()
    assert scores.argmax() == 0


def test_wins_are_counted_by_winner_and_loser():
    wins = count_wins(np.array([0, 0, 2]), np.array([1, 1, 0]), 3)
    assert wins.tolist() == [[0, 2, 0], [0, 0, 0], [1, 0, 0]]


def test_intervals_hold_the_true_scores_of_planted_choices():
    rng = np.random.default_rng(3)
    truth = np.array([0.6, 0.0, -0.6])
    first = rng.integers(3, size=600)
    second = (first + rng.integers(1, 3, size=600)) % 3
    odds = np.exp(truth[second] - truth[first])
    wins = rng.random(600) < 1 / (1 + odds)
    winners = np.where(wins, first, second)
    losers = np.where(wins, second, first)
    low, high = score_intervals(winners, losers, 3)
    assert np.all((low < truth) & (truth < high))
    assert np.all(high - low < 0.5)

"""The losses against loops over their definitions."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from trainer.models.losses.ranking_losses import LOSSES
from trainer.models.losses.warp import MARGIN

PAIRS, CANDIDATES = 7, 9


def of_pair(name, row, own, allowed, log_frequency):
    """One pair's loss, as the module's docstrings define it."""
    others = [j for j in range(len(row)) if allowed[j]]
    if name == "bpr":
        parts = [np.logaddexp(0.0, row[j] - row[own]) for j in others]
        return np.mean(parts) if parts else 0.0
    if name == "warp":
        margins = [MARGIN - row[own] + row[j] for j in others]
        violating = sum(margin > 0 for margin in margins)
        return np.log(1 + violating) * max([0.0, *margins])
    corrected = row - log_frequency
    chosen = [own, *others]
    return np.logaddexp.reduce(corrected[chosen]) - corrected[own]


def made(seed, pairs=PAIRS, candidates=CANDIDATES):
    """Random arguments; a pair's own item is never allowed to compete."""
    rng = np.random.default_rng(seed)
    positive = rng.integers(0, candidates, pairs)
    allowed = rng.random((pairs, candidates)) < 0.6
    allowed[np.arange(pairs), positive] = False
    return {
        "scores": 2 * rng.normal(size=(pairs, candidates)),
        "positive": positive,
        "allowed": allowed,
        "log_frequency": rng.normal(size=candidates),
    }


def computed(name, scores, positive, allowed, log_frequency=None):
    """The loss of labels and scores, as the trainer passes them."""
    labels = np.where(allowed, 0, -1)
    labels[np.arange(len(labels)), positive] = 1
    if name == "softmax":
        scores = scores - log_frequency
    return LOSSES[name](reduction=None, dtype="float64")(labels, scores)


def found(name, arguments):
    return ops.convert_to_numpy(computed(name, **arguments))


def loss_and_gradient(name, arguments, weights=1.0):
    """The losses, and the gradient of their weighted sum by the scores."""
    scores = tf.constant(arguments["scores"], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        losses = computed(name, **{**arguments, "scores": scores})
        total = tf.reduce_sum(weights * losses)
    return losses.numpy(), tape.gradient(total, scores).numpy()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("seed", range(3))
def test_each_pair_is_as_defined(name, seed):
    arguments = made(seed)
    expected = [
        of_pair(name, row, own, allowed, arguments["log_frequency"])
        for row, own, allowed in zip(
            arguments["scores"],
            arguments["positive"],
            arguments["allowed"],
            strict=True,
        )
    ]
    np.testing.assert_allclose(found(name, arguments), expected, rtol=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_what_may_not_compete_counts_for_nothing(name):
    """Accidental hits: another item that the person took."""
    arguments = made(4)
    before = found(name, arguments)
    excluded = ~arguments["allowed"]
    excluded[np.arange(PAIRS), arguments["positive"]] = False
    assert excluded.any(axis=1).all()
    arguments["scores"] = arguments["scores"] + 50.0 * excluded
    np.testing.assert_array_equal(found(name, arguments), before)


@pytest.mark.parametrize("name", LOSSES)
def test_without_competitors_nothing_is_lost(name):
    arguments = made(5)
    arguments["allowed"][:] = False
    np.testing.assert_allclose(found(name, arguments), 0.0, atol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_extreme_scores_neither_underflow_nor_overflow(name):
    losses, gradient = loss_and_gradient(
        name,
        {
            "scores": np.array([[1e4, 0.0, 0.0], [-1e4, 0.0, 0.0]]),
            "positive": np.array([0, 0]),
            "allowed": np.array([[False, True, True]] * 2),
            "log_frequency": np.zeros(3),
        },
    )
    lost = {
        "bpr": 1e4,
        "softmax": 1e4 + np.log(2),
        "warp": np.log(3) * (1e4 + MARGIN),
    }
    np.testing.assert_allclose(losses, [0.0, lost[name]], rtol=1e-6)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", LOSSES)
@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    pairs=st.integers(1, 6),
    candidates=st.integers(1, 8),
    data=st.data(),
)
def test_the_order_of_pairs_and_candidates_does_not_matter(
    name, seed, pairs, candidates, data
):
    arguments = made(seed, pairs, candidates)
    rows = data.draw(st.permutations(range(pairs)))
    columns = data.draw(st.permutations(range(candidates)))
    moved = {
        "scores": arguments["scores"][np.ix_(rows, columns)],
        "positive": np.argsort(columns)[arguments["positive"][rows]],
        "allowed": arguments["allowed"][np.ix_(rows, columns)],
        "log_frequency": arguments["log_frequency"][columns],
    }
    np.testing.assert_allclose(
        found(name, moved), found(name, arguments)[rows], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("name", LOSSES)
def test_a_step_downhill_raises_the_own_score_and_lowers_others(name):
    arguments = made(6)
    # One competitor each that is far ahead, so that no hinge is at rest.
    best = [np.flatnonzero(allowed)[0] for allowed in arguments["allowed"]]
    rows = np.arange(PAIRS)
    arguments["scores"][rows, best] += 10.0
    _, gradient = loss_and_gradient(name, arguments)
    assert (gradient[rows, arguments["positive"]] < 0).all()
    assert (gradient[rows, best] > 0).all()
    np.testing.assert_allclose(gradient.sum(axis=1), 0.0, atol=1e-5)


def test_warp_takes_the_rank_as_a_weight_and_not_as_a_function():
    """Of the rank, which is a step function, no gradient is taken."""
    _, gradient = loss_and_gradient(
        "warp",
        {
            "scores": np.array([[0.0, 0.5, -0.5, -3.0]]),
            "positive": np.array([0]),
            "allowed": np.array([[False, True, True, True]]),
        },
    )
    np.testing.assert_allclose(
        gradient, np.log(3) * np.array([[-1, 1, 0, 0]]), rtol=1e-6
    )


class Sampled:
    """One person, six items, all samples that can be drawn of them."""

    def __init__(self):
        rng = np.random.default_rng(9)
        self.taste = rng.dirichlet(np.full(6, 2.0))
        self.drawn = rng.uniform(0.3, 0.95, 6)

    def mean_gradient(self, scores, log_frequency):
        """Expected gradient: every item taken, every sample drawn."""
        rows, weights = [], []
        for own in range(6):
            for others in itertools.product([False, True], repeat=6):
                drawn = np.where(others, self.drawn, 1 - self.drawn)
                rows.append((own, np.array(others) & (np.arange(6) != own)))
                weights.append(self.taste[own] * np.prod(drawn))
        assert sum(weights) == pytest.approx(1.0)
        _, gradients = loss_and_gradient(
            "softmax",
            {
                "scores": np.tile(scores, (len(rows), 1)),
                "positive": np.array([own for own, _ in rows]),
                "allowed": np.array([allowed for _, allowed in rows]),
                "log_frequency": log_frequency,
            },
            np.array(weights),
        )
        return gradients.sum(axis=0)

    def full_gradient(self, scores):
        """That of the cross-entropy among all items."""
        return np.exp(scores) / np.exp(scores).sum() - self.taste


def test_the_corrected_softmax_comes_to_rest_where_the_full_one_does():
    problem = Sampled()
    truth = np.log(problem.taste)
    np.testing.assert_allclose(problem.full_gradient(truth), 0, atol=1e-12)
    result = problem.mean_gradient(truth, np.log(problem.drawn))
    np.testing.assert_allclose(result, 0, atol=1e-7)
    uncorrected = problem.mean_gradient(truth, np.zeros(6))
    assert np.abs(uncorrected).max() > 0.02


def test_elsewhere_it_points_where_the_full_softmax_does():
    problem = Sampled()
    cosines = []
    for seed in range(5):
        scores = np.random.default_rng(seed).normal(size=6)
        full = problem.full_gradient(scores)
        for log_frequency in (np.log(problem.drawn), np.zeros(6)):
            sampled = problem.mean_gradient(scores, log_frequency)
            norms = np.linalg.norm(full) * np.linalg.norm(sampled)
            cosines.append(sampled @ full / norms)
    corrected, uncorrected = cosines[::2], cosines[1::2]
    assert min(corrected) > 0.9
    assert np.mean(corrected) > np.mean(uncorrected) + 0.02

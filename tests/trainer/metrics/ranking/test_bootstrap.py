import numpy as np
import pytest

from trainer.metrics.ranking import bootstrap


def test_an_interval_holds_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    # Each column is an experiment of its own.
    values = rng.exponential(2.0, (150, 400))
    low, high = bootstrap.intervals(values)
    held = np.mean((low < 2.0) & (high > 2.0))
    assert 0.91 < held < 0.97


def test_an_interval_is_as_wide_as_the_standard_error_says():
    values = np.random.default_rng(1).standard_normal((500, 1))
    low, high = bootstrap.intervals(values)
    error = values.std() / np.sqrt(500)
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert low < values.mean() < high


def test_the_same_seed_gives_the_same_interval_in_any_column():
    values = np.random.default_rng(2).standard_normal((50, 1))
    low, high = bootstrap.intervals(np.repeat(values, 2, axis=1), seed=3)
    again, _ = bootstrap.intervals(values, seed=3)
    other, _ = bootstrap.intervals(values, seed=4)
    assert low[0] == pytest.approx(low[1]) == pytest.approx(again[0])
    assert low[0] != other[0]
    assert high[0] > low[0]


def test_all_equal_values_leave_no_doubt():
    low, high = bootstrap.intervals(np.full((9, 1), 0.25))
    assert low == high == pytest.approx(0.25)


def test_the_interval_of_a_ratio_follows_the_delta_method():
    """The variance of a ratio r of paired means is var(x - r y) / (n y^2)."""
    rng = np.random.default_rng(4)
    theirs = rng.normal(2.0, 0.5, 400)
    ours = 0.9 * theirs + rng.normal(0.0, 0.2, 400)
    ratio = ours.mean() / theirs.mean()
    error = (ours - ratio * theirs).std() / theirs.mean() / np.sqrt(400)
    low, high = bootstrap.ratio_interval(ours, theirs)
    assert low == pytest.approx(ratio - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(ratio + 1.96 * error, abs=0.2 * error)


def test_a_planted_difference_is_found_and_no_other():
    rng = np.random.default_rng(0)
    theirs = rng.random((400, 2))
    noise = 0.1 * rng.standard_normal((400, 2))
    ours = theirs + noise - noise.mean(axis=0) + [0.03, 0.0]
    result = bootstrap.compare(ours, theirs)
    assert result.mean == pytest.approx([0.03, 0.0])
    assert result.p[0] == 1e-4  # The least that so many draws can say.
    assert result.low[0] > 0.015
    assert result.p[1] > 0.9
    assert result.low[1] < 0 < result.high[1]


def test_where_nothing_differs_p_is_uniform():
    rng = np.random.default_rng(5)
    ours, theirs = rng.random((2, 60, 300))
    p = bootstrap.compare(ours, theirs).p
    for level in (0.05, 0.25, 0.5):
        assert np.mean(p <= level) == pytest.approx(level, abs=0.07)


def test_p_is_that_of_all_signs_where_they_can_be_counted():
    """Of the 16 signs of 1, 2, 3, 4 only all equal ones reach a sum of 10."""
    ours = np.array([[1.0], [2.0], [3.0], [4.0]])
    result = bootstrap.compare(ours, np.zeros_like(ours))
    assert result.p == pytest.approx([2 / 16], abs=0.01)
    flipped = bootstrap.compare(-ours, np.zeros_like(ours))
    assert flipped.p == result.p


def test_models_that_are_the_same_do_not_differ():
    values = np.random.default_rng(6).random((30, 1))
    result = bootstrap.compare(values, values)
    assert (result.p, result.low, result.high) == (1, 0, 0)


def test_holm_is_the_step_down_method():
    """Rejects the smallest p-values while each is below alpha / remaining."""
    rng = np.random.default_rng(0)
    p_values = np.concatenate([rng.random(30), rng.random(30) / 500, [0.0, 1]])
    corrected = bootstrap.holm(p_values)
    for alpha in (0.01, 0.05, 0.3):
        expected = np.zeros(len(p_values), bool)
        for rank, test in enumerate(np.argsort(p_values)):
            if p_values[test] * (len(p_values) - rank) > alpha:
                break
            expected[test] = True
        np.testing.assert_array_equal(corrected <= alpha, expected)
    assert (corrected >= p_values).all()
    assert corrected.max() == 1


def test_holm_leaves_a_single_test_as_it_is():
    np.testing.assert_array_equal(bootstrap.holm(np.array([0.03])), [0.03])

"""Scores in standard deviations of a category."""

import numpy as np
import pytest

from trainer.design.score_normalization import ScoreDistribution


def test_standing_counts_in_deviations_and_in_photos_that_score_lower():
    standing = ScoreDistribution(np.array([4.0, 1.0, 2.0, 5.0]))
    assert standing.spread == pytest.approx(np.sqrt(2.5))
    assert standing.z_score(np.array([3.0, 4.0])) == pytest.approx(
        [0, 1 / np.sqrt(2.5)]
    )
    assert standing.percentile(np.array([0.0, 2.0, 4.5, 9.0])).tolist() == [
        0,
        25,
        75,
        100,
    ]
    assert standing.best(2).tolist() == [3, 0]


def test_photos_that_score_the_same_leave_a_spread():
    standing = ScoreDistribution(np.full(3, 2.0))
    assert standing.z_score(np.array([2.5])) == pytest.approx([0.5])

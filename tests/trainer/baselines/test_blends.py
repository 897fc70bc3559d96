import numpy as np
import pytest

from trainer.baselines.blends import BLENDS
from trainer.baselines.fit_baseline import fit_baseline


@pytest.fixture
def parts(planted):
    """Scorers of random scores, which differ much in scale, and of counts."""
    shape = (planted.num_users, planted.num_items)
    rng = np.random.default_rng(0)
    scores = {
        name: scale * rng.normal(size=shape)
        for name, scale in (
            ("ease", 1e-3),
            ("vis_rank", 0.1),
            ("content_rank", 2),
            ("freedom", 9),
        )
    }
    scores["popularity"] = np.tile(
        rng.integers(9, size=shape[1]), (shape[0], 1)
    )
    return scores


@pytest.mark.parametrize("name", BLENDS)
def test_a_blend_adds_standardized_scores_of_fitted_parts(name, parts, planted):
    fitted = {part: (lambda users, y=y: y[users]) for part, y in parts.items()}
    users = np.array([7, 0])
    expected = np.zeros((2, planted.num_items))
    for part, weight in BLENDS[name].items():
        scores = parts[part]
        scores = np.log(1 + scores) if part == "popularity" else scores
        expected += weight * scores[users] / np.std(scores)
    score = fit_baseline(name, planted, fitted)
    np.testing.assert_allclose(score(users), expected)


def test_a_blend_fits_the_parts_that_are_missing(parts, planted):
    users, name = np.arange(planted.num_users), "ease_visrank_popularity"
    vis_rank = fit_baseline("vis_rank", planted)
    fitted = {part: (lambda users, y=y: y[users]) for part, y in parts.items()}
    expected = fit_baseline(name, planted, {**fitted, "vis_rank": vis_rank})
    del fitted["vis_rank"]
    np.testing.assert_array_equal(
        fit_baseline(name, planted, fitted)(users), expected(users)
    )

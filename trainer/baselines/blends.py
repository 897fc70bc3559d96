"""Blends: weighted sums of the standardized scores of other baselines."""

from collections.abc import Mapping

import numpy as np

from trainer.metrics.ranking.scorer import Scorer

BLENDS: dict[str, dict[str, float]] = {
    "ease_visrank_popularity": {
        "ease": 1.0,
        "vis_rank": 0.3,
        "popularity": 0.15,
    },
    "freedom_ease": {"freedom": 1.0, "ease": 0.5},
    "content_ease_popularity": {
        "content_rank": 1.0,
        "ease": 0.2,
        "popularity": 0.3,
    },
}
"""Weights of the baselines that a blend adds, by its name."""

_USERS = 500


def blend(name: str, scorers: Mapping[str, Scorer], num_users: int) -> Scorer:
    """Returns the scorer of a blend, x_ui = sum over k of w_k y_ui^k / s_k.

    y^k is the score of part k, or ln(1 + y) of popularity, and s_k its standard
    deviation over all items and some users: the scores of two baselines may
    differ by factors of thousands.

    Args:
        name: Name of the blend.
        scorers: Scorers of its parts, by name.
        num_users: Number of users.
    """
    parts = {
        part: _logarithm(scorers[part])
        if part == "popularity"
        else scorers[part]
        for part in BLENDS[name]
    }
    some = np.unique(np.linspace(0, num_users - 1, _USERS).astype(int))
    factors = {
        part: weight / max(float(np.std(parts[part](some))), 1e-30)
        for part, weight in BLENDS[name].items()
    }

    def score(users: np.ndarray) -> np.ndarray:
        scores = [factors[part] * parts[part](users) for part in parts]
        return np.sum(scores, axis=0)

    return score


def _logarithm(counts: Scorer) -> Scorer:
    return lambda users: np.log1p(counts(users))

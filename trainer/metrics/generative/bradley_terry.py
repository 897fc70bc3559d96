"""Bradley-Terry scores of sources of images, from pairwise choices.

Source i is preferred to source j with the probability p_i / (p_i + p_j). The
strengths p maximize the likelihood of the choices. The MM algorithm repeats

    p_i = w_i / sum over j != i of n_ij / (p_i + p_j)

with w_i wins of i and n_ij comparisons of i and j. Half a win of each source
over each other one is added, so that a source without a win has a score, too.

No library: the algorithm is one line, and here it runs on all resamples of the
bootstrap at once.

Source: Bradley and Terry, Biometrika 39, 1952; Hunter, "MM algorithms for
generalized Bradley-Terry models", Annals of Statistics 32(1), 2004, eq. 3.
"""

import numpy as np

from trainer.metrics.ranking.bootstrap import RESAMPLES
from trainer.metrics.ranking.bootstrap import percentile_interval

PRIOR = 0.5
_ITERATIONS, _TOLERANCE = 10_000, 1e-8


def bradley_terry(wins: np.ndarray) -> np.ndarray:
    """Computes the scores ln p, shifted to a mean of 0.

    Args:
        wins: Number of choices of i over j, float [..., n, n].

    Returns:
        Scores; a difference of 1 means odds of e to 1, float [..., n].
    """
    wins = wins + PRIOR * (1.0 - np.eye(wins.shape[-1]))
    games = wins + np.swapaxes(wins, -1, -2)
    scores = np.zeros(wins.shape[:-1])
    for _ in range(_ITERATIONS):
        p = np.exp(scores)
        shares = games / (p[..., :, None] + p[..., None, :])
        updated = np.log(wins.sum(axis=-1) / shares.sum(axis=-1))
        updated -= updated.mean(axis=-1, keepdims=True)
        change = np.abs(updated - scores).max()
        scores = updated
        if change < _TOLERANCE:
            break
    return scores


def score_intervals(
    winners: np.ndarray, losers: np.ndarray, sources: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Computes 95 % intervals of the scores by a bootstrap over choices.

    Args:
        winners: Index of the chosen source of each choice, int [choices].
        losers: Index of the other source, int [choices].
        sources: Number of sources.
        seed: Random seed of the resampling.

    Returns:
        The lower ends and the upper ends, float [sources] each.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(winners), size=(RESAMPLES, len(winners)))
    wins = np.stack(
        [count_wins(winners[one], losers[one], sources) for one in drawn]
    )
    return percentile_interval(bradley_terry(wins))


def count_wins(
    winners: np.ndarray, losers: np.ndarray, sources: int
) -> np.ndarray:
    """Counts the choices of each source over each other one.

    Args:
        winners: Index of the chosen source of each choice, int [choices].
        losers: Index of the other source, int [choices].
        sources: Number of sources.

    Returns:
        Counts of (winner, loser), int64 [sources, sources].
    """
    cells = np.bincount(winners * sources + losers, minlength=sources**2)
    return cells.reshape(sources, sources)

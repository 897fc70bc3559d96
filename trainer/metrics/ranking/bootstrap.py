"""How sure the figures are: intervals and a paired test, over users."""

import dataclasses
from collections.abc import Iterator

import numpy as np

RESAMPLES = 1000
PERMUTATIONS = 9999
LEVEL = 0.95
_CELLS_A_BLOCK = 1 << 22


@dataclasses.dataclass(frozen=True)
class Differences:
    """By how much one model is better than another, in each column.

    Attributes:
        mean: Mean difference over users, float [columns].
        low: Lower end of its 95 % interval, float [columns].
        high: Upper end, float [columns].
        p: How often chance alone makes so large a difference, of either sign,
            float [columns].
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray


def intervals(
    values: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the 95 % intervals of means, by the percentile bootstrap.

    Users are drawn with replacement, the same for all columns.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
    section 13.3.

    Args:
        values: A column for each metric, a row for each user, float
            [users, columns].
        seed: Of the draws.

    Returns:
        The lower ends and the upper ends, float [columns] each.
    """
    users = len(values)
    rng = np.random.default_rng(seed)

    def drawn(times: int) -> np.ndarray:
        """Returns how often each user is drawn, float [times, users]."""
        draws = rng.integers(users, size=(times, users))
        return np.array(
            [np.bincount(one, minlength=users) for one in draws], float
        )

    means = [
        drawn(times) @ values / users for times in _blocks(RESAMPLES, users)
    ]
    outside = (1 - LEVEL) / 2
    low, high = np.quantile(
        np.concatenate(means), (outside, 1 - outside), axis=0
    )
    return low, high


def compare(ours: np.ndarray, theirs: np.ndarray, seed: int = 0) -> Differences:
    """Tests whether two models differ, by Fisher's randomisation test.

    If they did not, the sign of each user's difference would be chance: signs
    are drawn again and again, and p is how often their mean is as far from
    zero as the one that was seen, which counts as one of the draws.

    Source: Smucker, Allan and Carterette, CIKM 2007, section 3.1; for the
    counting of the seen one, Phipson and Smyth 2010.

    Args:
        ours: Metrics of each user, float [users, columns].
        theirs: The same metrics of the same users, float [users, columns].
        seed: Of the draws.
    """
    differences = ours - theirs
    rng = np.random.default_rng(seed)
    total = differences.sum(axis=0)
    # Rounding must not make a draw that equals what was seen a smaller one.
    limit = np.abs(total) - 1e-9 * np.abs(differences).sum(axis=0)
    reached = np.ones(len(total))
    for rows in _blocks(PERMUTATIONS, len(differences)):
        kept = rng.integers(2, size=(rows, len(differences)), dtype=np.uint8)
        drawn = 2 * (kept.astype(float) @ differences) - total
        reached += np.count_nonzero(np.abs(drawn) >= limit, axis=0)
    low, high = intervals(differences, seed)
    return Differences(
        differences.mean(axis=0), low, high, reached / (1 + PERMUTATIONS)
    )


def _blocks(rows: int, columns: int) -> Iterator[int]:
    """Splits rows so that a block has few cells, however many columns."""
    step = max(1, _CELLS_A_BLOCK // columns)
    for start in range(0, rows, step):
        yield min(step, rows - start)

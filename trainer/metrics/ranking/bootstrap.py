"""Bootstrap confidence intervals and a paired randomization test over users."""

import dataclasses
from collections.abc import Iterator

import numpy as np

RESAMPLES = 1000
PERMUTATIONS = 9999
LEVEL = 0.95
_CELLS_PER_BLOCK = 1 << 22


@dataclasses.dataclass(frozen=True)
class Differences:
    """Paired differences of two models in several metrics.

    Attributes:
        mean: Mean difference over users, float [columns].
        low: Lower end of its 95 % confidence interval, float [columns].
        high: Upper end of its 95 % confidence interval, float [columns].
        p: Two-sided p-value of the randomization test, float [columns].
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray


def intervals(
    values: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Computes 95 % confidence intervals of means by percentile bootstrap.

    Users are resampled with replacement, the same users for all columns.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
    section 13.3.

    Args:
        values: Metrics of each user, one column per metric, float
            [users, columns].
        seed: Random seed of the resampling.

    Returns:
        The lower ends and the upper ends, float [columns] each.
    """
    return percentile_interval(_resampled_means(values, seed))


def ratio_interval(
    ours: np.ndarray, theirs: np.ndarray, seed: int = 0
) -> tuple[float, float]:
    """Computes the 95 % confidence interval of a ratio of two means.

    A resample takes both values of a user, so what they have in common does
    not widen the interval.

    Args:
        ours: Values of each user, whose mean is divided, float [users].
        theirs: Values of the same users, whose mean divides; a mean near 0
            gives an interval without meaning, float [users].
        seed: Random seed of the resampling.

    Returns:
        The lower and the upper end.
    """
    means = _resampled_means(np.stack([ours, theirs], axis=1), seed)
    low, high = percentile_interval(means[:, :1] / means[:, 1:])
    return float(low[0]), float(high[0])


def percentile_interval(
    estimates: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Computes the 95 % percentile interval of resampled estimates.

    Args:
        estimates: Estimate of each resample, float [RESAMPLES, columns].

    Returns:
        The lower ends and the upper ends, float [columns] each.
    """
    outside = (1 - LEVEL) / 2
    low, high = np.quantile(estimates, (outside, 1 - outside), axis=0)
    return low, high


def compare(ours: np.ndarray, theirs: np.ndarray, seed: int = 0) -> Differences:
    """Compares two models by Fisher's paired randomization test.

    Under the null hypothesis the sign of each user's difference is random.
    Signs are drawn repeatedly, and p is the fraction of draws with a mean at
    least as far from zero as the observed mean, which counts as one draw.

    Source: Smucker, Allan and Carterette, CIKM 2007, section 3.1; for counting
    the observed mean, Phipson and Smyth 2010.

    Args:
        ours: Metrics of each user, float [users, columns].
        theirs: Metrics of the other model for the same users, float
            [users, columns].
        seed: Random seed of the signs and of the intervals.

    Returns:
        Differences `ours` minus `theirs`, with intervals and p-values.
    """
    differences = ours - theirs
    rng = np.random.default_rng(seed)
    total = differences.sum(axis=0)
    # Tolerance, so that a draw equal to the observed total is not below it.
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


def holm(p_values: np.ndarray) -> np.ndarray:
    """Corrects p-values for the number of tests, by Holm's method.

    With p_(1) <= ... <= p_(m), the corrected p_(k) is the largest of
    (m - j + 1) p_(j) over j <= k, at most 1. Calling what is below 0.05
    significant then errs in at most 5 % of families of tests.

    Source: Holm, Scandinavian Journal of Statistics 1979.

    Args:
        p_values: p-values of a family of tests, float [tests].

    Returns:
        Corrected p-values in the same order, float [tests].
    """
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return corrected


def _resampled_means(values: np.ndarray, seed: int) -> np.ndarray:
    """Returns the means of resampled users, float [RESAMPLES, columns]."""
    users = len(values)
    rng = np.random.default_rng(seed)

    def drawn(times: int) -> np.ndarray:
        """Returns the count of each user per resample, float [times, users]."""
        draws = rng.integers(users, size=(times, users))
        return np.array(
            [np.bincount(draw, minlength=users) for draw in draws], float
        )

    return np.concatenate(
        [drawn(times) @ values / users for times in _blocks(RESAMPLES, users)]
    )


def _blocks(rows: int, columns: int) -> Iterator[int]:
    """Yields block sizes of rows with at most `_CELLS_PER_BLOCK` cells each."""
    step = max(1, _CELLS_PER_BLOCK // columns)
    for start in range(0, rows, step):
        yield min(step, rows - start)

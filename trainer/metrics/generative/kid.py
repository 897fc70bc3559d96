"""Kernel inception distance: how far the features of two sets lie apart.

The squared maximum mean discrepancy of two samples x and y of the same size m,
with the kernel k(a, b) = (a . b / d + 1)^3 on features of d dimensions,

    sum over i != j of (k(x_i, x_j) + k(y_i, y_j)) / (m (m - 1))
        - 2 sum over i, j of k(x_i, y_j) / m^2,

as the mean over random subsets. It is unbiased: sets of one kind have a mean of
0, whatever their size, and a single figure may be a little below.

Source: Binkowski, Sutherland, Arbel and Gretton, "Demystifying MMD GANs", ICLR
2018, section 4.
"""

import dataclasses

import numpy as np

SUBSETS = 100
SUBSET_SIZE = 1000


@dataclasses.dataclass(frozen=True)
class Kid:
    """A kernel inception distance.

    Attributes:
        mean: Over the subsets.
        std: Over the subsets. They overlap where a set is not much larger
            than a subset; it is 0 where both are whole sets.
        subset_size: Images of each set in a subset.
    """

    mean: float
    std: float
    subset_size: int


def kid(
    real: np.ndarray,
    made: np.ndarray,
    subsets: int = SUBSETS,
    subset_size: int = SUBSET_SIZE,
    seed: int = 0,
) -> Kid:
    """Returns the kernel inception distance of two sets.

    Args:
        real: Features of photos, float [n, d].
        made: Features of made images, float [m, d].
        subsets: How many are drawn.
        subset_size: Images of each set in a subset, drawn without
            replacement; as many as the smaller set has, if that is less.
        seed: Of the draw.

    Raises:
        ValueError: If a set has fewer than two images.
    """
    size = min(subset_size, len(real), len(made))
    if size < 2:
        raise ValueError(
            f"KID needs two images of each kind, got {len(real)} real ones and "
            f"{len(made)} made ones"
        )
    rng = np.random.default_rng(seed)
    if size == len(real) == len(made):
        subsets = 1  # All would be the same.
    values = [
        mmd2(
            real[rng.choice(len(real), size, replace=False)],
            made[rng.choice(len(made), size, replace=False)],
        )
        for _ in range(subsets)
    ]
    return Kid(float(np.mean(values)), float(np.std(values)), size)


def mmd2(x: np.ndarray, y: np.ndarray) -> float:
    """Returns the unbiased estimate for two samples of one size, [m, d]."""
    size = len(x)
    # In double precision: the three sums are far larger than what is left.
    x, y = x.astype(np.float64), y.astype(np.float64)
    within = sum(
        kernel.sum() - np.trace(kernel)
        for kernel in (_kernel(x, x), _kernel(y, y))
    )
    across = _kernel(x, y).sum()
    return float(within / (size * (size - 1)) - 2 * across / size**2)


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray((x @ y.T / x.shape[1] + 1.0) ** 3)

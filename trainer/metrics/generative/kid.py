"""Kernel inception distance (KID) of two feature sets.

The squared maximum mean discrepancy of two samples x and y of the same size m,
with the kernel k(a, b) = (a . b / d + 1)^3 on features of d dimensions,

    sum over i != j of (k(x_i, x_j) + k(y_i, y_j)) / (m (m - 1))
        - 2 sum over i, j of k(x_i, y_j) / m^2,

averaged over random subsets. It is unbiased: for sets of the same distribution
its expectation is 0 at any size, and a single value may be slightly negative.

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
        mean: Mean over the subsets.
        std: Standard deviation over the subsets. It is too small if the sets
            are little larger than the subsets, which then overlap, and 0 if
            there is only one subset, the whole sets.
        subset_size: Number of images of each set in a subset.
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
    """Computes the kernel inception distance of two sets.

    Args:
        real: Features of real images, float [n, d].
        made: Features of generated images, float [m, d].
        subsets: Number of random subsets.
        subset_size: Number of images of each set in a subset, drawn without
            replacement; at most the size of the smaller set.
        seed: Random seed of the subsets.

    Raises:
        ValueError: If a set has fewer than two images.
    """
    size = min(subset_size, len(real), len(made))
    if size < 2:
        raise ValueError(
            f"KID needs at least two real and two generated images, got "
            f"{len(real)} real and {len(made)} generated"
        )
    rng = np.random.default_rng(seed)
    if size == len(real) == len(made):
        subsets = 1  # All subsets would be the whole sets.
    values = [
        mmd2(
            real[rng.choice(len(real), size, replace=False)],
            made[rng.choice(len(made), size, replace=False)],
        )
        for _ in range(subsets)
    ]
    return Kid(float(np.mean(values)), float(np.std(values)), size)


def mmd2(x: np.ndarray, y: np.ndarray) -> float:
    """Computes the unbiased squared MMD of two samples of equal size.

    Args:
        x: Features of the first sample, float [m, d].
        y: Features of the second sample, float [m, d].
    """
    size = len(x)
    # In double precision: the three sums are far larger than the result.
    x, y = x.astype(np.float64), y.astype(np.float64)
    within = sum(
        kernel.sum() - np.trace(kernel)
        for kernel in (_kernel(x, x), _kernel(y, y))
    )
    across = _kernel(x, y).sum()
    return float(within / (size * (size - 1)) - 2 * across / size**2)


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray((x @ y.T / x.shape[1] + 1.0) ** 3)

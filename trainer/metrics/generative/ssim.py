"""Structural similarity (SSIM) of images, and "opposite SSIM" as diversity.

SSIM is the mean, over color channels and over all windows of 11 x 11 pixels
inside the image, weighted by a Gaussian of sigma 1.5, of

    (2 m_x m_y + C1) (2 c + C2) / ((m_x^2 + m_y^2 + C1) (v_x + v_y + C2)),

with means m, variances v, covariance c, C1 = (0.01 L)^2, C2 = (0.03 L)^2 and
L = 2, the width of [-1, 1]. "Opposite SSIM" is 1 minus the mean SSIM of the
pairs of a set: a larger value means a more diverse set.

Source: Wang, Bovik, Sheikh and Simoncelli, IEEE Transactions on Image
Processing 13(4), 2004, eq. 13; its opposite, Kang et al. 2017.
"""

import numpy as np

WINDOW, SIGMA = 11, 1.5
K1, K2 = 0.01, 0.03
DATA_RANGE = 2.0
MOST_PAIRS = 10_000
_PAIRS_A_BLOCK = 64


def ssim(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Computes the SSIM of pairs of images.

    Args:
        first: First images in [-1, 1], float [n, size, size, 3], with a side of
            at least 11 pixels.
        second: Second images in [-1, 1], float [n, size, size, 3].

    Returns:
        SSIM of each pair, 1 for equal images, float64 [n].
    """
    first, second = first.astype(np.float64), second.astype(np.float64)
    c1, c2 = (K1 * DATA_RANGE) ** 2, (K2 * DATA_RANGE) ** 2
    mean_1, mean_2 = _windows(first), _windows(second)
    product, squares = mean_1 * mean_2, mean_1**2 + mean_2**2
    covariance = _windows(first * second) - product
    variances = _windows(first**2 + second**2) - squares
    found = (2 * product + c1) * (2 * covariance + c2)
    found /= (squares + c1) * (variances + c2)
    return np.asarray(found.mean(axis=(1, 2, 3)))


def opposite_ssim(
    images: np.ndarray, most_pairs: int = MOST_PAIRS, seed: int = 0
) -> float:
    """Computes 1 minus the mean SSIM of the pairs of a set.

    Args:
        images: Two or more images in [-1, 1], float [n, size, size, 3].
        most_pairs: Maximum number of pairs; a random sample if there are more.
        seed: Random seed of the sample.

    Raises:
        ValueError: If there is no pair.
    """
    if len(images) < 2:
        raise ValueError(f"a pair needs two images, got {len(images)}")
    pairs = np.stack(np.triu_indices(len(images), 1), axis=1)
    if len(pairs) > most_pairs:
        rng = np.random.default_rng(seed)
        pairs = pairs[rng.choice(len(pairs), most_pairs, replace=False)]
    found = [
        ssim(images[block[:, 0]], images[block[:, 1]])
        for block in np.split(
            pairs, range(_PAIRS_A_BLOCK, len(pairs), _PAIRS_A_BLOCK)
        )
    ]
    return 1.0 - float(np.concatenate(found).mean())


def _windows(images: np.ndarray) -> np.ndarray:
    """Returns weighted window means, [n, size - 10, size - 10, 3]."""
    size = images.shape[1]
    places = np.arange(WINDOW) - (WINDOW - 1) / 2
    weights = np.exp(-(places**2) / (2 * SIGMA**2))
    weights /= weights.sum()
    # The window is separable: one banded matrix per axis.
    band = np.zeros((size - WINDOW + 1, size))
    for row in range(len(band)):
        band[row, row : row + WINDOW] = weights
    return np.einsum("ab,nbcd,ec->naed", band, images, band, optimize=True)

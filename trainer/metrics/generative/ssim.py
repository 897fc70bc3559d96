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
import tensorflow as tf

WINDOW = 11
"""Side of the window of `tf.image.ssim`, the minimum side of an image."""
MOST_PAIRS = 10_000
_DATA_RANGE = 2.0
_PAIRS_PER_BLOCK = 64


def opposite_ssim(
    images: np.ndarray, most_pairs: int = MOST_PAIRS, seed: int = 0
) -> float:
    """Computes 1 minus the mean SSIM of the pairs of a set.

    Args:
        images: Two or more images in [-1, 1], float32 [n, size, size, 3], with
            a side of at least `WINDOW` pixels.
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
    similarities = [
        tf.image.ssim(images[block[:, 0]], images[block[:, 1]], _DATA_RANGE)
        for block in np.split(
            pairs, range(_PAIRS_PER_BLOCK, len(pairs), _PAIRS_PER_BLOCK)
        )
    ]
    return 1.0 - float(np.concatenate(similarities).mean())

"""Frechet inception distance (FID): two feature sets modeled as Gaussians.

    |mu_1 - mu_2|^2 + tr(C_1) + tr(C_2) - 2 tr((C_1 C_2)^(1/2)),

with means mu and covariances C. With C = R^T R, R from the centered features,
the eigenvalues of C_1 C_2 are the squared singular values of R_1 R_2^T, so that

    tr((C_1 C_2)^(1/2)) = the sum of the singular values of R_1 R_2^T.

This needs no matrix square root, and is accurate without full rank.

Sample size: a covariance of d dimensions has full rank from d + 1 images on,
1281 here. With fewer images FID is defined but biased: it grows as the number
of images falls. Compare sets of equal size, or use KID, which is unbiased.

Source: Heusel et al., "GANs trained by a two time-scale update rule", NIPS
2017; for the bias, Binkowski et al., ICLR 2018, and Chong and Forsyth, CVPR
2020.
"""

import numpy as np
import scipy.linalg


def fid(real: np.ndarray, made: np.ndarray) -> float:
    """Computes the Frechet inception distance of two sets.

    Args:
        real: Features of real images, float [n, d].
        made: Features of generated images, float [m, d].

    Raises:
        ValueError: If a set has fewer than two images.
    """
    if min(len(real), len(made)) < 2:
        raise ValueError(
            f"FID needs at least two real and two generated images, got "
            f"{len(real)} real and {len(made)} generated"
        )
    means, roots = zip(*map(_mean_and_root, (real, made)), strict=True)
    singular = scipy.linalg.svdvals(roots[0] @ roots[1].T)
    distance = np.sum((means[0] - means[1]) ** 2)
    return float(
        distance + sum(np.sum(root**2) for root in roots) - 2 * singular.sum()
    )


def _mean_and_root(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean, float64 [d], and R, R^T R the covariance, [<= d, d]."""
    features = features.astype(np.float64)
    mean = features.mean(axis=0)
    centered = (features - mean) / np.sqrt(len(features) - 1)
    if len(centered) > centered.shape[1]:  # A smaller R with the same product.
        (centered,) = scipy.linalg.qr(centered, mode="r", overwrite_a=True)
        centered = centered[: centered.shape[1]]
    return mean, centered

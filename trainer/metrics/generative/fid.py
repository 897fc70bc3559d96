"""Frechet distance of two sets, as if their features were Gaussian.

    |mu_1 - mu_2|^2 + tr(C_1) + tr(C_2) - 2 tr((C_1 C_2)^(1/2)),

mu the means and C the covariances. With C = R^T R, R of the centred features,
the eigenvalues of C_1 C_2 are the squared singular values of R_1 R_2^T, so that

    tr((C_1 C_2)^(1/2)) = the sum of the singular values of R_1 R_2^T:

no root of a matrix is taken, and none that has no full rank goes wrong.

What it needs: the covariance of d dimensions has full rank from d + 1 images of
each set on, 1281 here. With fewer the figure exists, but it is biased: it grows
as images get fewer, so compare sets of one size, or take KID, which has no
bias.

Source: Heusel et al., "GANs trained by a two time-scale update rule", NIPS
2017; for the bias, Binkowski et al., ICLR 2018, and Chong and Forsyth, CVPR
2020.
"""

import numpy as np
import scipy.linalg


def fid(real: np.ndarray, made: np.ndarray) -> float:
    """Returns the Frechet distance of two sets.

    Args:
        real: Features of photos, float [n, d].
        made: Features of made images, float [m, d].

    Raises:
        ValueError: If a set has fewer than two images.
    """
    if min(len(real), len(made)) < 2:
        raise ValueError(
            f"FID needs two images of each kind, got {len(real)} real ones and "
            f"{len(made)} made ones"
        )
    means, roots = zip(*map(_mean_and_root, (real, made)), strict=True)
    singular = scipy.linalg.svdvals(roots[0] @ roots[1].T)
    distance = np.sum((means[0] - means[1]) ** 2)
    return float(
        distance + sum(np.sum(root**2) for root in roots) - 2 * singular.sum()
    )


def _mean_and_root(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean [d], and R with R^T R the covariance, [<= d, d]."""
    features = features.astype(np.float64)
    mean = features.mean(axis=0)
    centred = (features - mean) / np.sqrt(len(features) - 1)
    if len(centred) > centred.shape[1]:  # A smaller root of the same.
        (centred,) = scipy.linalg.qr(centred, mode="r", overwrite_a=True)
        centred = centred[: centred.shape[1]]
    return mean, centred

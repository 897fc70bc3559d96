"""Centering, PCA and scaling of image features for the baselines."""

from typing import Any

import numpy as np
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.models.layers.pca import principal_axes

DIRECTIONS = 256
"""Maximum number of principal axes kept."""


def scaled_features(data: BaselineData, whitening: float = 0.0) -> Any:
    """Returns PCA features with zero mean and a root mean square norm of 1.

    Raw features are all positive and share one dominant direction, and their
    norm depends on the network, so no learning rate fits all. They are
    therefore centered, projected to the 256 largest principal axes and scaled.

    Args:
        data: Data with finite image features, float [items, F].
        whitening: Strength of whitening: 0 keeps the variances of the axes, 1
            makes them equal.

    Returns:
        Scaled features, float32 tensor [items, min(F, 256)].
    """
    features = np.asarray(data.features, np.float32)
    centered = features - features.mean(axis=0)
    variances, axes = principal_axes(centered, DIRECTIONS)
    # Axes without variance hold only rounding errors.
    variances = np.maximum(variances, 1e-9 * variances[-1] + 1e-30)
    scales = variances ** (-whitening / 2)
    scaled = centered @ (axes * scales).astype(np.float32)
    length = np.sqrt(np.mean(np.sum(np.square(scaled), axis=1)))
    return ops.convert_to_tensor(scaled / max(length, 1e-30))

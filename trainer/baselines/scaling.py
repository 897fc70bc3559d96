"""Frozen features on the scale that the baselines work with."""

from typing import Any

import numpy as np
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.models.layers.pca import principal_axes

DIRECTIONS = 256


def scaled_features(data: BaselineData, whitening: float = 0.0) -> Any:
    """Returns features that have zero mean and on average the length 1.

    Raw ones are all positive and share one direction, which drowns the rest,
    and their length is that of the network, which spoils any learning rate.
    So they are centred and turned to their principal axes, of which the 256
    largest are kept.

    Args:
        data: With features, finite float [items, F].
        whitening: How far the variances of the axes are made equal: 0 not at
            all, 1 wholly.

    Returns:
        A tensor, float32 [items, min(F, 256)].
    """
    features = np.asarray(data.features, np.float32)
    centred = features - features.mean(axis=0)
    variances, axes = principal_axes(centred, DIRECTIONS)
    # Axes on which the features do not differ hold nothing but rounding.
    variances = np.maximum(variances, 1e-9 * variances[-1] + 1e-30)
    scales = variances ** (-whitening / 2)
    scaled = centred @ (axes * scales).astype(np.float32)
    length = np.sqrt(np.mean(np.sum(np.square(scaled), axis=1)))
    return ops.convert_to_tensor(scaled / max(length, 1e-30))

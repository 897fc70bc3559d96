"""Metrics per class, which reveal differences that the mean may hide."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

Figure = TypeVar("Figure")


def by_class(
    metric: Callable[[np.ndarray, np.ndarray], Figure],
    real: np.ndarray,
    real_classes: np.ndarray,
    made: np.ndarray,
    made_classes: np.ndarray,
) -> dict[int, Figure]:
    """Computes a metric of two sets for the images of each class.

    Args:
        metric: Function of real and generated features, such as `kid` or `fid`.
        real: Features of real images, float [n, d].
        real_classes: Class ids of the real images, int [n].
        made: Features of generated images, float [m, d].
        made_classes: Class ids of the generated images, int [m].

    Returns:
        Metrics by class id, ascending. Classes with fewer than two real or two
        generated images are left out.
    """
    metrics = {}
    for class_id in np.intersect1d(real_classes, made_classes):
        photos = real[real_classes == class_id]
        images = made[made_classes == class_id]
        if min(len(photos), len(images)) > 1:
            metrics[int(class_id)] = metric(photos, images)
    return metrics

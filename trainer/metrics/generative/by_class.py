"""A metric of each class by itself: what the mean of all classes may hide."""

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
    """Applies a metric of two sets to the images of each class.

    Args:
        metric: Such as `kid` or `fid`: of real ones and of made ones.
        real: Features of photos, float [n, d].
        real_classes: Of the same, int [n].
        made: Features of made images, float [m, d].
        made_classes: Of the same, int [m].

    Returns:
        By class, in ascending order, of those that have two images of each
        kind.
    """
    found = {}
    for one in np.intersect1d(real_classes, made_classes):
        photos, images = real[real_classes == one], made[made_classes == one]
        if min(len(photos), len(images)) > 1:
            found[int(one)] = metric(photos, images)
    return found

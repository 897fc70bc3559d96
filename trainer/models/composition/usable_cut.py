"""Check of cuts: plain and whole enough to be put into another cloth.

The limits were set by eye on 600 cut-outs of CC0 photos.
"""

import numpy as np
from keras import ops
from scipy import ndimage

from trainer.models.composition.cut import Cut
from trainer.models.composition.masked_filter import masked_blur_in_graph

_MIN_AREA = 0.08
_MAX_TORN = 0.065
_MIN_CLOTH = 0.88
_SHADING = (0.02, 0.3)
"""Standard deviation: a black silhouette has less, a print has more."""
_MAX_FINE_SHADING = 0.2
"""Standard deviation beyond a blur of 2 % of the size; a pattern has more."""


def is_usable(cut: Cut) -> bool:
    """Returns whether a garment can be put into another cloth.

    Args:
        cut: Cut of one garment.
    """
    mask = cut.alpha[..., 0] > 0.5
    area = mask.mean()
    if area < _MIN_AREA or _torn(mask) > _MAX_TORN * area:
        return False
    cloth = cut.cloth * mask[..., None]
    if cloth.mean() < _MIN_CLOTH * area:
        return False
    is_cloth = cloth > 0.5
    broad = ops.convert_to_numpy(
        masked_blur_in_graph(cut.shading, cloth, 0.02 * len(mask))
    )
    low, high = _SHADING
    return bool(
        low <= cut.shading[is_cloth].std() <= high
        and (cut.shading - broad)[is_cloth].std() <= _MAX_FINE_SHADING
    )


def _torn(mask: np.ndarray) -> float:
    """Returns the area of holes and shreds, as a fraction of the image.

    These are the pixels between the morphological opening and closing with a
    disk of 3 % of the image size.
    """
    radius = max(1, round(0.03 * len(mask)))
    padded = np.pad(mask, 2 * radius)
    distance = ndimage.distance_transform_edt
    core = distance(padded) > radius
    opened = distance(~core) <= radius if core.any() else core
    closed = distance(distance(~padded) <= radius) > radius
    return float(closed.sum() - opened.sum()) / mask.size

"""Cut of a garment: shape, shading and trims, without the color of its cloth.

With c the main color and X a pixel, both in Lab with 16 added to L, the light
is log(X_L / c_L). Its broad part, beyond a blur of 7 % of the image size, comes
half from the room and is halved; the fine part are seams and folds, and stays.
"""

from typing import NamedTuple

import numpy as np
from keras import ops
from scipy import ndimage

from trainer.models.composition.lab_color import rgb_to_lab
from trainer.models.composition.main_color import cloth_weight
from trainer.models.composition.main_color import main_color
from trainer.models.composition.masked_filter import blur
from trainer.models.composition.masked_filter import extend
from trainer.models.composition.masked_filter import masked_blur

_BROAD_SIGMA = 0.07
_EDGE = 0.01
"""Width of the edge that shows some background, as a fraction of the size."""


class Cut(NamedTuple):
    """Layers of a cut, or of a batch of cuts.

    Attributes:
        image: sRGB image, float32 [..., size, size, 3] in [-1, 1].
        alpha: Opacity of the garment, float32 [..., size, size, 1] in [0, 1].
        cloth: Share of the main cloth in each pixel, the rest is trims and
            prints, float32 [..., size, size, 1] in [0, 1].
        shading: Logarithm of the light, 0 for the main color, float32 [...,
            size, size, 1].
        color: Lab of the main color, float32 [..., 1, 1, 3].

    Example:
        cut = make_cut(image, mask)
        red = compose(cut, rgb_to_lab(np.array([0.8, -0.8, -0.8], "float32")))
    """

    image: np.ndarray
    alpha: np.ndarray
    cloth: np.ndarray
    shading: np.ndarray
    color: np.ndarray


def make_cut(
    image: np.ndarray, mask: np.ndarray, broad_kept: float = 0.5
) -> Cut:
    """Separates the shape and the shading of a garment from its color.

    Args:
        image: sRGB image, float32 [size, size, 3] in [-1, 1].
        mask: True inside the garment, at least one pixel, bool [size, size].
        broad_kept: Kept fraction of the broad shading; 1 for a garment that
            stays in its photo.
    """
    size = len(mask)
    lab = ops.convert_to_numpy(rgb_to_lab(image))
    inner = inside(mask)
    color = main_color(lab[inner])
    light = np.log(np.maximum(lab[..., :1] + 16.0, 1.0) / (color[0] + 16.0))
    cloth = extend(cloth_weight(lab, light, color), inner)
    light = extend(light, inner)
    weights = inner[..., None] * (cloth + 1e-3)
    broad = masked_blur(light, weights, _BROAD_SIGMA * size)
    # The light on a dark cloth is noise in part.
    fine = blur(light, 0.8 * max(0.0, 1.0 - color[0] / 25.0))
    edge = blur(mask.astype(np.float32)[..., None], 1.2 * max(1.0, size / 256))
    return Cut(
        extend(image, inner),
        np.clip((edge - 0.35) / 0.5, 0.0, 1.0),
        cloth,
        fine - (1.0 - broad_kept) * broad,
        color[None, None],
    )


def inside(mask: np.ndarray) -> np.ndarray:
    """Returns a mask without its edge, or the mask if nothing is left.

    Args:
        mask: True inside the garment, bool [size, size].
    """
    width = max(1, round(_EDGE * len(mask)))
    inner: np.ndarray = ndimage.binary_erosion(mask, iterations=width)
    return inner if inner.any() else mask

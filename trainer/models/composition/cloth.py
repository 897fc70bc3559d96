"""Cloth of a garment: a plain color, or a pattern grown from its photo."""

from typing import NamedTuple

import numpy as np
from keras import ops

from trainer.models.composition.cut import Cut
from trainer.models.composition.cut import inside
from trainer.models.composition.lab_color import LIGHT
from trainer.models.composition.lab_color import rgb_to_lab
from trainer.models.composition.masked_filter import blur
from trainer.models.composition.masked_filter import masked_blur
from trainer.models.composition.quilting import quilt

_SIDES = (0.32, 0.28, 0.24, 0.2, 0.16, 0.12)
"""Sides of the patches of a pattern, as fractions of the image size."""
_MIN_PATCHES = 150
_MAX_PATCHES = 400
_WINDOW = 1 / 6
_MIN_WINDOWS = 20
_MAX_WINDOWS = 150
_MIN_CONTRAST = 12.0
_MAX_VARIATION = 0.18
_MIN_PLAIN = 0.9
_MAX_PLAIN_SHADING = 0.2


class Cloth(NamedTuple):
    """Cloth of a garment.

    Attributes:
        lab: Lab colors, float32 [1, 1, 3] of a plain cloth, [size, size, 3] of
            a pattern.
        color: Lab of its main color, float32 [3].

    Example:
        cloth = make_cloth(make_cut(image, mask), np.random.default_rng(0))
        design = compose(cut, cloth.lab)
    """

    lab: np.ndarray
    color: np.ndarray

    @property
    def patterned(self) -> bool:
        """Whether the cloth has a pattern."""
        return len(self.lab) > 1


def make_cloth(cut: Cut, rng: np.random.Generator) -> Cloth | None:
    """Returns the cloth of a garment.

    Args:
        cut: Cut of one garment.
        rng: Random generator of the patches of a pattern.

    Returns:
        The cloth; None if the garment is neither plain nor of a pattern that
        is the same everywhere: it has panels, a large print or a logo. Also
        None of a garment of a few pixels, whose cut is transparent.
    """
    mask = cut.alpha[..., 0] > 0.5
    if not mask.any():
        return None
    inner = ops.convert_to_numpy(inside(mask))
    color = cut.color[0, 0]
    if (
        cut.cloth[inner].mean() >= _MIN_PLAIN
        and cut.shading[inner].std() <= _MAX_PLAIN_SHADING
    ):
        return Cloth(cut.color, color)
    lab = even_light(ops.convert_to_numpy(rgb_to_lab(cut.image)), inner)
    if not is_pattern(lab, inner, rng):
        return None
    size = len(inner)
    for fraction in _SIDES:
        side = round(fraction * size)
        patches = sample_windows(lab, inner, side, _MAX_PATCHES, rng)
        if len(patches) >= _MIN_PATCHES:
            return Cloth(quilt(patches, size, side // 3, rng), color)
    return None


def even_light(lab: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Removes the broad part of the light on a cloth.

    Args:
        lab: Lab image, float32 [size, size, 3].
        inner: True inside the garment, bool [size, size].

    Returns:
        Lab image, float32 [size, size, 3].
    """
    light = np.log(np.maximum(lab[..., :1] + 16.0, 1.0))
    weights = inner[..., None].astype(np.float32)
    broad = ops.convert_to_numpy(masked_blur(light, weights, 0.1 * len(inner)))
    return (lab + LIGHT) * np.exp(light[inner].mean() - broad) - LIGHT


def is_pattern(
    lab: np.ndarray, inner: np.ndarray, rng: np.random.Generator
) -> bool:
    """Returns whether a cloth has a stationary pattern.

    The mean and the standard deviation of Lab, and the slopes of L along both
    axes, are compared over windows of a sixth of the image. They vary little
    over a stationary pattern, and much over panels or a logo. Folds have less
    contrast than a pattern beyond a blur of 2 % of the size.

    Args:
        lab: Lab image in even light, float32 [size, size, 3].
        inner: True inside the garment, bool [size, size].
        rng: Random generator of the windows.
    """
    slopes = np.stack(np.gradient(lab[..., 0]), axis=-1)
    fine = lab - ops.convert_to_numpy(blur(lab, 0.02 * len(inner)))
    windows = sample_windows(
        np.concatenate([lab, fine, slopes], axis=-1),
        inner,
        round(_WINDOW * len(inner)),
        _MAX_WINDOWS,
        rng,
    )
    if len(windows) < _MIN_WINDOWS:
        return False
    means = windows[..., :3].mean(axis=(1, 2))
    spreads = windows.std(axis=(1, 2))
    contrast = np.linalg.norm(spreads[:, 3:6], axis=1).mean()
    described = np.concatenate([means, spreads[:, :3], spreads[:, 6:]], axis=1)
    total = np.sqrt(lab[inner].var(axis=0).sum())
    variation = np.sqrt(described.var(axis=0).sum()) / max(total, 1e-6)
    return bool(contrast >= _MIN_CONTRAST and variation <= _MAX_VARIATION)


def sample_windows(
    values: np.ndarray,
    mask: np.ndarray,
    side: int,
    limit: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Returns random square windows that lie inside a mask.

    Args:
        values: Image, float32 [size, size, channels].
        mask: Mask of the image, bool [size, size].
        side: Side of the windows, in pixels.
        limit: Maximum number of windows.
        rng: Random generator of the windows.

    Returns:
        Windows, float32 [n, side, side, channels], n at most `limit`.
    """
    sums = np.pad(mask.astype(np.int64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    covered = (
        sums[side:, side:]
        - sums[:-side, side:]
        - sums[side:, :-side]
        + sums[:-side, :-side]
    )
    y, x = np.nonzero(covered == side * side)
    chosen = rng.permutation(len(y))[:limit, None, None]
    offsets = np.arange(side)
    windows: np.ndarray = values[
        y[chosen] + offsets[:, None], x[chosen] + offsets
    ]
    return windows

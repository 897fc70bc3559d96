"""Garment in one gray cloth: the look of a cut without its color."""

from typing import Any

from keras import ops

MAX_SHADING = 0.5
"""Bound of the shading, below which no light turns the gray cloth white."""
_GRAY = 0.52


def gray_garment(alpha: Any, shading: Any) -> Any:
    """Returns images of cuts in gray cloth on white.

    Args:
        alpha: Opacity of the garment, float32 [..., size, size, 1] in [0, 1].
        shading: Logarithm of the light, see `Cut`, float32 of the same shape;
            values beyond `MAX_SHADING` are clipped.

    Returns:
        RGB images, float32 [..., size, size, 3] in [-1, 1].
    """
    light = ops.exp(ops.clip(shading, -MAX_SHADING, MAX_SHADING))
    gray = alpha * _GRAY * light + (1.0 - alpha)
    return ops.repeat(2.0 * gray - 1.0, 3, axis=-1)

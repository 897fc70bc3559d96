"""Conversion between sRGB and CIE L*a*b* (white point D65).

Source: CIE 15:2004; the matrix of IEC 61966-2-1. With f the cube root of CIE
Lab, a change of the light by the factor s scales f(X), f(Y) and f(Z), hence
L + 16, a and b, by the cube root of s (above the linear part near black).
"""

from typing import Any

import numpy as np
from keras import ops

_XYZ_OF_RGB = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _XYZ_OF_RGB.sum(axis=1)
_LMS = (_XYZ_OF_RGB / _WHITE[:, None]).T.astype(np.float32)
_RGB = np.linalg.inv(_LMS.astype(np.float64)).astype(np.float32)
_LAB = np.array(
    [[0.0, 500.0, 0.0], [116.0, -500.0, 200.0], [0.0, 0.0, -200.0]], np.float32
)
_F = np.linalg.inv(_LAB.astype(np.float64)).astype(np.float32)
_DELTA = 6.0 / 29.0
LIGHT = np.array([16.0, 0.0, 0.0], np.float32)
"""Added to Lab colors, makes a change of the light a common factor."""


def rgb_to_lab(images: Any) -> Any:
    """Converts sRGB to CIE Lab.

    Args:
        images: sRGB values, float32 [..., 3] in [-1, 1].

    Returns:
        L in [0, 100], a and b, float32 [..., 3].
    """
    rgb = (images + 1.0) / 2.0
    linear = ops.where(
        rgb <= 0.04045,
        rgb / 12.92,
        ((ops.maximum(rgb, 0.04) + 0.055) / 1.055) ** 2.4,
    )
    xyz = ops.matmul(linear, _LMS)
    f = ops.where(
        xyz > _DELTA**3,
        ops.maximum(xyz, _DELTA**3) ** (1.0 / 3.0),
        xyz / (3.0 * _DELTA**2) + 4.0 / 29.0,
    )
    return ops.matmul(f, _LAB) - LIGHT


def lab_to_rgb(lab: Any) -> Any:
    """Converts CIE Lab to sRGB; colors outside sRGB are clipped.

    Args:
        lab: L in [0, 100], a and b, float32 [..., 3].

    Returns:
        sRGB values, float32 [..., 3] in [-1, 1].
    """
    f = ops.matmul(lab + LIGHT, _F)
    xyz = ops.where(f > _DELTA, f**3, 3.0 * _DELTA**2 * (f - 4.0 / 29.0))
    linear = ops.clip(ops.matmul(xyz, _RGB), 0.0, 1.0)
    rgb = ops.where(
        linear <= 0.0031308,
        12.92 * linear,
        1.055 * ops.maximum(linear, 0.003) ** (1.0 / 2.4) - 0.055,
    )
    return 2.0 * rgb - 1.0

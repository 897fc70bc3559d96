"""Main color of a garment, and the pixels that are of its cloth.

The light on a cloth changes from pixel to pixel, the hue of the cloth does not.
A pixel is therefore of the cloth if its hue is that of the main color and its
chroma is not more than the light explains. Pixels that are much brighter are
prints or trims; dark ones may be in the shade, and count as cloth.
"""

import numpy as np

from trainer.models.composition.masked_filter import blur

_NEAR = np.array([44.0, 12.0, 12.0], np.float32)
"""Radius in L, a and b of the pixels that the main color is the median of."""
_ROUNDS = 8
_TOLERANCE = 6.0
"""Distance in a and b outside the accepted range that makes half a pixel a
trim; twice the noise of a JPEG file."""


def main_color(pixels: np.ndarray) -> np.ndarray:
    """Returns the most frequent color: the median of the pixels near to it.

    Args:
        pixels: Lab colors, float32 [n, 3], at least one.

    Returns:
        Lab color, float32 [3].
    """
    color = np.median(pixels, axis=0)
    for _ in range(_ROUNDS):
        distance = np.linalg.norm((pixels - color) / _NEAR, axis=1)
        near = pixels[distance < 1.0]
        if not len(near):
            break
        color = np.median(near, axis=0)
    return color.astype(np.float32)


def cloth_weight(
    lab: np.ndarray, light: np.ndarray, color: np.ndarray
) -> np.ndarray:
    """Returns the share of the main cloth in each pixel.

    Args:
        lab: Lab image, float32 [height, width, 3].
        light: Logarithm of the light relative to the main color, float32
            [height, width, 1].
        color: Lab of the main color, float32 [3].

    Returns:
        Shares, float32 [height, width, 1] in [0, 1].
    """
    chroma = float(np.linalg.norm(color[1:]))
    hue = np.array([1.0, 0.0], np.float32)  # White and gray have none: any.
    if chroma > 1e-3:
        hue = color[1:] / chroma
    along = lab[..., 1:] @ hue[:, None]
    across = np.abs(lab[..., 1:] @ np.array([[-hue[1]], [hue[0]]]))
    # In the shade the chroma falls with the light, that of dyes less.
    shade = np.exp(np.minimum(light, 0.0))
    lowest = 0.55 * chroma * shade - 5.0
    highest = (0.9 + 0.3 * shade) * chroma + 6.0
    wrong_chroma = np.maximum(np.maximum(lowest - along, along - highest), 0.0)
    wrong_hue = np.maximum(across - 7.0 - 0.2 * np.abs(along), 0.0)
    # A highlight of a colored cloth keeps its chroma, a white print does not.
    colored = (along > 0.6 * chroma) * 0.8 * min(chroma, 30.0)
    # So does gloss of a dark one, which is darker than a print.
    gloss = 15.0 + 0.3 * (100.0 - color[0])
    brighter = lab[..., :1] - color[0] - gloss - colored
    distance = np.sqrt(
        (wrong_chroma**2 + wrong_hue**2) / _TOLERANCE**2
        + np.maximum(brighter / 8.0, 0.0) ** 2
    )
    share = np.clip(1.2 - blur(distance, 0.6), 0.0, 1.0)
    return (share**2 * (3.0 - 2.0 * share)).astype(np.float32)

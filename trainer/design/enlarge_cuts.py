"""Enlargement of generated cuts: smooth outlines, and light from the inside.

A generator draws 64 pixels. Enlarged to a photo, the outline wobbles from pixel
to pixel, and the light beside it, which no image of the training data shows
alone, makes a bright rim.
"""

import numpy as np
import tensorflow as tf
from keras import ops
from scipy import ndimage

from trainer.models.composition.cut import Cut
from trainer.models.composition.gray_garment import gray_garment
from trainer.models.composition.lab_color import rgb_to_lab
from trainer.models.composition.masked_filter import blur
from trainer.models.composition.masked_filter import masked_blur_in_graph

_SMOOTH = 0.01
"""Standard deviation of the blur that smooths an outline; like the next three a
fraction of the image size."""
_RIM = 0.015
"""Width of the rim that gets the light of the inside."""
_REACH = 0.026
"""Standard deviation of the blur that continues the light to the rim."""
_SEAM = 0.008
"""Standard deviation of the transition from the inside to the rim."""
_EDGE = 0.12
"""Half of the range of opacities that an edge keeps."""
_INSIDE = 0.85
"""Opacity of the inside of a garment."""
_LEAST_PART = 0.2
"""Area of a part of a garment, such as a shoe, relative to the largest one."""


def enlarge_cuts(alpha: tf.Tensor, shading: tf.Tensor, size: int) -> list[Cut]:
    """Returns cuts of the size of a photo, in gray.

    Args:
        alpha: Opacity, float32 [n, side, side, 1] in [0, 1].
        shading: Logarithm of the light, float32 of the same shape.
        size: Side of the cuts, in pixels.

    Returns:
        A cut of each garment; all of it is cloth, because trims are not
        generated.
    """
    layers = (
        tf.image.resize(layer, (size, size), "bicubic")
        for layer in (alpha, _without_dots(shading))
    )
    gray = gray_garment(np.ones((1, 1, 1), "f"), np.zeros((1, 1, 1), "f"))
    color = ops.convert_to_numpy(rgb_to_lab(gray))
    cuts = []
    for opacity, light in zip(*layers, strict=True):
        outline = _without_specks(_smooth(opacity))
        lit = _lit_from_inside(light, opacity)
        image = ops.convert_to_numpy(gray_garment(outline, lit))
        cuts.append(Cut(image, outline, np.ones_like(outline), lit, color))
    return cuts


def _smooth(alpha: tf.Tensor) -> np.ndarray:
    """Returns the opacity with a smooth outline and narrow edges.

    Args:
        alpha: Opacity, float32 [size, size, 1].
    """
    blurred = blur(tf.clip_by_value(alpha, 0.0, 1.0), _SMOOTH * len(alpha))
    edge = (blurred - 0.5 + _EDGE) / (2.0 * _EDGE)
    return np.asarray(tf.clip_by_value(edge, 0.0, 1.0))


def _lit_from_inside(shading: tf.Tensor, alpha: tf.Tensor) -> np.ndarray:
    """Continues the light of the inside to the outline and beyond.

    Args:
        shading: Logarithm of the light, float32 [size, size, 1].
        alpha: Opacity, float32 [size, size, 1].
    """
    size = len(shading)
    inside = ndimage.binary_erosion(
        np.asarray(alpha)[..., 0] > _INSIDE,
        iterations=max(1, round(_RIM * size)),
    )
    weights = inside[..., None].astype(np.float32)
    continued = masked_blur_in_graph(shading, weights, _REACH * size)
    kept = blur(weights, _SEAM * size)
    return np.asarray(kept * shading + (1.0 - kept) * continued)


def _without_dots(shading: tf.Tensor) -> tf.Tensor:
    """Removes what alternates from pixel to pixel, by the kernel [1, 2, 1] / 4.

    The generator makes pixels in squares of 2 x 2, which show when enlarged.

    Args:
        shading: Logarithm of the light, float32 [n, size, size, 1].
    """
    padded = tf.pad(shading, [[0, 0], [1, 1], [1, 1], [0, 0]], "REFLECT")
    once = tf.nn.avg_pool2d(padded, 2, 1, "VALID")
    return tf.nn.avg_pool2d(once, 2, 1, "VALID")


def _without_specks(alpha: np.ndarray) -> np.ndarray:
    """Removes what is apart from the garment, but not its other half.

    Args:
        alpha: Opacity, float32 [size, size, 1] in [0, 1].
    """
    parts, _ = ndimage.label(alpha[..., 0] > 0)
    areas = np.bincount(parts.ravel(), alpha.ravel())
    whole = areas >= _LEAST_PART * areas.max()
    return np.where(whole[parts][..., None], alpha, 0.0)

"""Cut of a garment: shape, shading and trims, without the color of its cloth.

With c the main color and X a pixel, both in Lab with 16 added to L, the light
is log(X_L / c_L). Its broad part, beyond a blur of 7 % of the image size, comes
half from the room and is halved; the fine part are seams and folds, and stays.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from keras import ops

from trainer.models.composition.lab_color import rgb_to_lab
from trainer.models.composition.main_color import cloth_weight
from trainer.models.composition.main_color import main_color
from trainer.models.composition.masked_filter import blur
from trainer.models.composition.masked_filter import erode
from trainer.models.composition.masked_filter import masked_blur
from trainer.models.composition.masked_filter import nearest_known
from trainer.models.composition.masked_filter import pixels

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
    layers = _cut_in_graph(image, mask, broad_kept)
    return Cut(*map(ops.convert_to_numpy, layers))


def cut_layers(
    image: tf.Tensor, mask: tf.Tensor, broad_kept: float = 0.5
) -> Cut:
    """Separates a garment as `make_cut` does; also works in graph mode.

    Args:
        image: sRGB image, float32 [size, size, 3] in [-1, 1].
        mask: True inside the garment, at least one pixel, bool [size, size].
        broad_kept: Kept fraction of the broad shading.

    Returns:
        Layers of the cut, tensors.
    """
    size = tf.cast(tf.shape(mask)[0], tf.float32)
    lab = rgb_to_lab(image)
    inner = inside(mask)
    color = main_color(tf.boolean_mask(lab, inner))
    light = tf.math.log(tf.maximum(lab[..., :1] + 16.0, 1.0))
    light -= tf.math.log(color[0] + 16.0)
    cloth = cloth_weight(lab, light, color)
    # The edge shows some background, hence each of its pixels takes all values
    # of the nearest pixel inside.
    nearest = nearest_known(inner)
    image, cloth, light = (
        tf.gather_nd(layer, nearest) for layer in (image, cloth, light)
    )
    weights = tf.cast(inner, tf.float32)[..., None] * (cloth + 1e-3)
    broad = masked_blur(light, weights, _BROAD_SIGMA * size)
    # The light on a dark cloth is noise in part.
    fine = blur(light, 0.8 * tf.maximum(0.0, 1.0 - color[0] / 25.0))
    edge = tf.cast(mask, tf.float32)[..., None]
    edge = blur(edge, 1.2 * tf.maximum(1.0, size / 256.0))
    return Cut(
        image,
        tf.clip_by_value((edge - 0.35) / 0.5, 0.0, 1.0),
        cloth,
        fine - (1.0 - broad_kept) * broad,
        color[None, None],
    )


def inside(mask: tf.Tensor) -> tf.Tensor:
    """Returns a mask without its edge, or the mask if nothing is left.

    Args:
        mask: True inside the garment, bool [size, size].
    """
    width = pixels(_EDGE, tf.shape(mask)[0])
    inner = erode(mask, tf.maximum(width, 1))
    return tf.where(tf.reduce_any(inner), inner, mask)


_cut_in_graph = tf.function(
    cut_layers,
    input_signature=[
        tf.TensorSpec([None, None, 3], tf.float32),
        tf.TensorSpec([None, None], tf.bool),
        tf.TensorSpec([], tf.float32),
    ],
    autograph=False,
)

"""A garment composed of a cut and a cloth."""

from typing import Any

from keras import ops

from trainer.models.composition.cut import Cut
from trainer.models.composition.lab_color import LIGHT
from trainer.models.composition.lab_color import lab_to_rgb

_MIN_CONTRAST, _MAX_CONTRAST = 0.5, 1.15


def compose(cut: Cut, cloth: Any, background: Any = 1.0) -> Any:
    """Puts a cut into a cloth.

    The light scales L + 16, a and b of the cloth by exp(contrast * shading)
    (`lab_color.py`). A contrast of 1 is the physical one. The shading of a dark
    garment is too strong on a light cloth, because part of it is gloss and
    noise: contrast^2 = (L_cut + 16) / (L_cloth + 16), halfway to equal
    differences in L. Differentiable in the cloth.

    Args:
        cut: Cut, or batch of cuts.
        cloth: Lab colors of the cloth, float32 [..., 1, 1, 3] for a plain one,
            [..., size, size, 3] for a pattern.
        background: sRGB background, white by default, float32 in [-1, 1].

    Returns:
        sRGB images, float32 [..., size, size, 3] in [-1, 1].
    """
    ratio = (cut.color[..., :1] + 16.0) / (cloth[..., :1] + 16.0)
    contrast = ops.clip(ops.sqrt(ratio), _MIN_CONTRAST, _MAX_CONTRAST)
    lab = (cloth + LIGHT) * ops.exp(contrast * cut.shading) - LIGHT
    garment = cut.cloth * lab_to_rgb(lab) + (1.0 - cut.cloth) * cut.image
    return cut.alpha * garment + (1.0 - cut.alpha) * background

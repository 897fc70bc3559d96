"""Restyling a photo by composition: its own cut in the color of a user's taste.

Up to a strength of 0.5 the color moves from its own, in Lab, to the one that
the user likes most; above, the cloth may also become a pattern. The background
of the photo stays as it is.
"""

from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from keras import ops
from scipy import ndimage

from atelier.io.errors import UserError
from atelier.segmentation.garment_cutter import GarmentCutter
from atelier.segmentation.garment_cutter import opacity
from trainer.design.composed_context import ComposedContext
from trainer.design.composed_context import describe_cloth
from trainer.design.composed_search import NO_ITEM
from trainer.design.composed_search import plain_cloth
from trainer.design.composed_search import recolored
from trainer.models.composition.cloth import Cloth
from trainer.models.composition.compose import compose
from trainer.models.composition.cut import make_cut
from trainer.models.layers.resize import resized

_MAX_SIDE = 1024
"""Side of the largest photo that is composed as it is; of a larger one, the
change of color is computed at this size."""
_MARGIN = 0.04
_EDGE = 0.006
"""Width by which the garment is widened, as a fraction of the size."""

Choice = tuple[int, Cloth]
"""Item index, `NO_ITEM` for a free color, and cloth."""


class Recolored(NamedTuple):
    """A recolored photo.

    Attributes:
        image: RGB photo at its own size, uint8 [height, width, 3].
        preference_before: Score of the garment in the photo.
        preference_after: Score of the recolored garment.
        parts: Cloth and color, as fields of the JSON file.
    """

    image: np.ndarray
    preference_before: float
    preference_after: float
    parts: dict[str, Any]


def garment_mask(photo: np.ndarray, name: str) -> np.ndarray:
    """Finds the garment of a photo.

    Args:
        photo: RGB photo, uint8 [height, width, 3].
        name: Name of the photo, for the error.

    Returns:
        True inside the garment, bool [height, width].

    Raises:
        UserError: If no garment is found.
    """
    alpha, torn = opacity(GarmentCutter().saliency(tf.constant(photo)))
    stretched = tf.image.resize(alpha[..., None], photo.shape[:2])
    mask: np.ndarray = stretched[..., 0].numpy() > 0.5
    if torn or not mask.any():
        raise UserError(
            f"--photo {name}: no garment stands out from the background; use "
            "a photo of one garment on a plain background"
        )
    return mask


def recolor_photo(
    context: ComposedContext,
    user_vector: np.ndarray,
    photo: np.ndarray,
    mask: np.ndarray,
    strength: float,
) -> Recolored:
    """Recolors the garment of a photo towards the taste of a user.

    Args:
        context: Recommenders and garments.
        user_vector: User vector theta, float32 [K].
        photo: RGB photo, uint8 [height, width, 3].
        mask: True inside the garment, bool [height, width].
        strength: Strength of the change, from 0 to 1.
    """
    embed = context.search.preference.embed_many
    cut = make_cut(*_crop(photo, mask, context.search.preference.image_size))
    own = cut.color[0, 0]

    def best(choices: Sequence[Choice]) -> Choice:
        images = [compose(cut, cloth.lab) for _, cloth in choices]
        scores = embed(ops.convert_to_numpy(ops.stack(images))) @ user_vector
        return choices[int(np.argmax(scores))]

    scores = context.ensemble.embeddings @ user_vector
    order = np.argsort(-scores, kind="stable")
    cloths: list[Choice] = context.search.best_cloths(order)
    plain = [choice for choice in cloths if not choice[1].patterned]
    steps = [step for _, cloth in plain for step in recolored(cloth.color)]
    free = [(NO_ITEM, step) for step in [*steps, plain_cloth(own)]]
    item, liked = best([*plain, *free])
    moved = own + min(1.0, 2.0 * strength) * (liked.color - own)
    choices = [(item if strength >= 0.5 else NO_ITEM, plain_cloth(moved))]
    if strength > 0.5:
        choices += [choice for choice in cloths if choice[1].patterned]
    item, cloth = best(choices)
    ends = [compose(cut, end) for end in (cut.color, cloth.lab)]
    before, after = embed(ops.convert_to_numpy(ops.stack(ends))) @ user_vector
    return Recolored(
        _in_place(photo, mask, cut.color, cloth),
        float(before),
        float(after),
        describe_cloth(context, cloth, item),
    )


def _in_place(
    photo: np.ndarray, mask: np.ndarray, own: np.ndarray, cloth: Cloth
) -> np.ndarray:
    """Puts the garment of a photo into a cloth.

    Args:
        photo: RGB photo, uint8 [height, width, 3].
        mask: True inside the garment, bool [height, width].
        own: Lab of the main color of the garment, float32 [1, 1, 3].
        cloth: The cloth.

    Returns:
        RGB photo, uint8 [height, width, 3].
    """
    height, width = mask.shape
    side = max(height, width)
    image, inside = _square(photo, mask, min(side, _MAX_SIDE))
    # Else the edge keeps a line of the old color.
    wider = max(1, round(_EDGE * len(image)))
    inside = ndimage.binary_dilation(inside, iterations=wider)
    cut = make_cut(image, inside, broad_kept=1.0)
    lab = cloth.lab
    if cloth.patterned:
        lab = resized(lab[None], len(image))[0]
    change = compose(cut, lab, image) - compose(cut, own, image)
    change = ops.convert_to_numpy(resized(change[None], side)[0]) * 127.5
    top, left = (side - height) // 2, (side - width) // 2
    result = photo + change[top : top + height, left : left + width]
    return np.clip(np.round(result), 0, 255).astype(np.uint8)


def _crop(
    photo: np.ndarray, mask: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns a square around the garment, as `cut_out` places it."""
    y, x = np.nonzero(mask)
    box = slice(y.min(), y.max() + 1), slice(x.min(), x.max() + 1)
    margin = round(_MARGIN * max(mask[box].shape))
    widths = ((margin, margin), (margin, margin))
    return _square(
        np.pad(photo[box], (*widths, (0, 0)), mode="edge"),
        np.pad(mask[box], widths),
        size,
    )


def _square(
    photo: np.ndarray, mask: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pads a photo and its mask to a square and resizes them.

    Args:
        photo: RGB photo, uint8 [height, width, 3].
        mask: Mask of at least one pixel, bool [height, width].
        size: Side of the square, in pixels.

    Returns:
        Image, float32 [size, size, 3] in [-1, 1], and mask, bool [size, size],
        of at least one pixel.
    """
    side = max(mask.shape)
    widths = [
        ((side - length) // 2, side - length - (side - length) // 2)
        for length in mask.shape
    ]
    image = np.pad(photo, (*widths, (0, 0)), mode="edge").astype(np.float32)
    padded = np.pad(mask, widths).astype(np.float32)[..., None]
    joined = np.concatenate([image / 127.5 - 1.0, padded], axis=-1)
    small = ops.convert_to_numpy(resized(joined[None], size)[0])
    # A belt may be thinner than a pixel.
    covered = small[..., 3]
    return small[..., :3], covered > 0.5 * min(1.0, covered.max())

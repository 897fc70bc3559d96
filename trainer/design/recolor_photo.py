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

from atelier.io.errors import UserError
from atelier.segmentation.garment_cutter import GarmentCutter
from trainer.design.composed_context import ComposedContext
from trainer.design.composed_context import describe_cloth
from trainer.design.composed_search import NO_ITEM
from trainer.design.composed_search import plain_cloth
from trainer.design.composed_search import recolored
from trainer.models.composition.cloth import Cloth
from trainer.models.composition.compose import compose
from trainer.models.composition.cut import Cut
from trainer.models.composition.recolor import photo_cut
from trainer.models.composition.recolor import put_into_cloth
from trainer.models.composition.recolor import strengthened

_MAX_SIDE = 1024
"""Side of the largest photo that is composed as it is; of a larger one, the
change of color is computed at this size."""

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
    mask, reason = GarmentCutter().mask(tf.constant(photo))
    if reason != "":
        raise UserError(
            f"--photo {name}: no garment stands out from the background; use "
            "a photo of one garment on a plain background"
        )
    found: np.ndarray = mask.numpy()
    return found


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
    size = context.search.preference.image_size
    cut = Cut(*map(ops.convert_to_numpy, photo_cut(photo, mask, size)))
    own = cut.color[0, 0]

    def scores(labs: Sequence[np.ndarray]) -> np.ndarray:
        images = ops.stack([compose(cut, lab) for lab in labs])
        return embed(ops.convert_to_numpy(images)) @ user_vector

    def best(choices: Sequence[Choice]) -> Choice:
        return choices[int(np.argmax(scores([one.lab for _, one in choices])))]

    order = np.argsort(
        -context.ensemble.embeddings @ user_vector, kind="stable"
    )
    cloths: list[Choice] = context.search.best_cloths(order)
    plain = [choice for choice in cloths if not choice[1].patterned]
    steps = [step for _, cloth in plain for step in recolored(cloth.color)]
    free = [(NO_ITEM, step) for step in [*steps, plain_cloth(own)]]
    item, cloth = best([*plain, *free])
    if strength > 0.5:
        patterned = [choice for choice in cloths if choice[1].patterned]
        item, cloth = best([(item, cloth), *patterned])
    lab, color = (
        ops.convert_to_numpy(strengthened(own, cloth.color, goal, strength))
        for goal in (cloth.lab, cloth.color)
    )
    before, after = scores([cut.color, lab])
    image = _put_into_cloth(photo, mask, own, lab)
    described = Cloth(lab, color), NO_ITEM if strength < 0.5 else item
    return Recolored(
        image.numpy().astype(np.uint8),
        float(before),
        float(after),
        describe_cloth(context, *described),
    )


@tf.function(autograph=False, reduce_retracing=True)
def _put_into_cloth(photo: Any, mask: Any, own: Any, lab: Any) -> tf.Tensor:
    """See `put_into_cloth`."""
    return put_into_cloth(photo, mask, own, lab, _MAX_SIDE)

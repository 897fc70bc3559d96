"""Golden requests of the designer's signature `recolor`."""

from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from atelier.schema.signatures import DESIGNER
from atelier.schema.signatures import SIGNATURES
from atelier.segmentation.garment_cutter import GarmentCutter
from export.publishing.golden_request import Answer
from export.publishing.golden_request import Example
from export.publishing.golden_request import Judged
from export.publishing.golden_request import golden_inputs
from export.servables.image_decoding import decode_image
from export.servables.png import pixels_of
from export.servables.recolor_signature import MAX_SIDE
from trainer.design.composed_context import ComposedContext
from trainer.models.composition.cloth import Cloth
from trainer.models.composition.compose import compose
from trainer.models.composition.recolor import photo_cut
from trainer.models.composition.recolor import put_into_cloth

_TRIED = 4
"""Catalog photos that are tried until the garment of one is found."""
_TOLERANCE = 0.02
"""Tolerance of scores, and of the mean difference of pixels in 0..255."""


def recolored_examples(
    context: ComposedContext, cloths: list[tuple[int, Cloth]]
) -> list[Example]:
    """Returns requests of a catalog photo in a given and in the best cloth.

    The colors of the best cloth are not compared: two of them may have nearly
    equal scores.

    Args:
        context: Recommenders and garments of the servable.
        cloths: Cloths of the servable, with their item indices.
    """
    photos, interactions = context.ensemble.photos, context.trained.interactions
    files = [
        photos.jpeg(item)
        for item in range(min(_TRIED, len(interactions.item_ids)))
    ]
    cutter = GarmentCutter()
    found = (
        (file, photo, mask)
        for file in files
        for photo in [decode_image(tf.constant(file))[0]]
        for mask, reason in [cutter.mask(photo)]
        if reason == ""
    )
    file, *garment = next(found, (files[0],))
    item, cloth = cloths[0]
    samples = {
        "user_id": interactions.user_ids[0],
        "image_bytes": file,
        "strength": 1.0,
    }
    given = {"cloth_item_id": interactions.item_ids[item]}
    known = {"known_user": np.array([True])}
    expected = _expected(context, cloth, *garment) if garment else {}
    signature = SIGNATURES[DESIGNER]["recolor"]
    return [
        Example(
            signature.name,
            golden_inputs(signature, samples | given),
            known,
            tolerance=_TOLERANCE,
            **expected,
        ),
        Example(signature.name, golden_inputs(signature, samples), known),
    ]


def _expected(
    context: ComposedContext, cloth: Cloth, photo: tf.Tensor, mask: tf.Tensor
) -> dict[str, Any]:
    """Returns the check of a garment in a cloth, at full strength."""
    preference = context.search.preference
    cut = photo_cut(photo, mask, preference.image_size)
    images = ops.stack([compose(cut, lab) for lab in (cut.color, cloth.lab)])
    embeddings = preference.embed_many(ops.convert_to_numpy(images))
    scores = embeddings @ context.user_vector(0)
    pixels = put_into_cloth(
        photo, mask, cut.color[0, 0], cloth.lab, MAX_SIDE
    ).numpy()

    def judge(answer: Answer) -> Judged:
        difference = pixels_of(answer["image_bytes"])[0] - pixels
        return {
            "preference_before": (answer["preference_before"], scores[:1]),
            "preference_after": (answer["preference_after"], scores[1:]),
            "image_bytes": (np.abs(difference).mean(), np.zeros(())),
        }

    return {"judge": judge}

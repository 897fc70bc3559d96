"""Golden requests of the `designer`, checked against the trainer.

The result of a long search depends on floating-point rounding. In another
process, the same start ended .06 of its score away and an edited image .2; with
another number of threads, even in the same graph. The images are therefore not
compared with those of the trainer, but their scores are.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from atelier.schema.signatures import DESIGNER
from atelier.schema.signatures import SIGNATURES
from export.publishing.golden_request import Answer
from export.publishing.golden_request import Example
from export.publishing.golden_request import Judged
from export.publishing.golden_request import golden_inputs
from export.servables.image_decoding import decode_images
from export.servables.png import pixels_of
from trainer.design.category_items import CategoryItems
from trainer.design.design_context import DesignContext
from trainer.design.design_set import NEAREST
from trainer.design.design_set import OF_CATEGORY
from trainer.design.discriminator_scale import scoring
from trainer.design.latent_optimizer import Designs

SEED = 0
STRENGTH = 0.5
PIXEL_TOLERANCE = 0.01
"""Tolerance of pixels, which PNG rounds."""
SCORE_TOLERANCE = 0.05
"""Tolerance of scores of PNG images: on H&M, rounding costs .01 of a score."""
MAX_LOSS = 0.5
"""Allowed decrease of a design below the best start of its search, by rounding,
in standard deviations of the scores of catalog images; the best of many random
candidates is several above the mean."""


def designer_examples(
    context: DesignContext, category_items: Sequence[CategoryItems]
) -> list[Example]:
    """Returns golden requests of the GAN's signatures, `generate` per category.

    `design` and `restyle` are requested for the first user and category.

    Args:
        context: Recommenders and GAN of the servable.
        category_items: Catalog images of each category of the GAN, in order.
    """
    judge = _Judge(context, category_items[0])
    jpeg = context.ensemble.photos.jpeg(int(category_items[0].items[0]))
    known = {"known_user": np.array([True])}
    edited = {"preference_input": judge.preference(_decode_jpeg(context, jpeg))}
    expected: dict[str, list[dict[str, Any]]] = {
        "serving_default": [
            _random(context, items) for items in category_items
        ],
        "design": [{"outputs": known, "judge": judge.design}],
        "restyle": [{"outputs": known | edited, "judge": judge.restyle}],
    }
    samples = {
        "user_id": context.trained.interactions.user_ids[0],
        "image_bytes": jpeg,
        "seed": SEED,
        "strength": STRENGTH,
    }
    return [
        Example(
            name,
            golden_inputs(
                SIGNATURES[DESIGNER][name], {**samples, "category": items.name}
            ),
            **{"tolerance": SCORE_TOLERANCE, **fields},
        )
        for name, requests in expected.items()
        for items, fields in zip(category_items, requests, strict=False)
    ]


def _random(context: DesignContext, items: CategoryItems) -> dict[str, Any]:
    """Returns the expected random image of a category."""
    images = context.random_images(items.category, 1, (SEED, 0))
    scores = scoring(context.gan.discriminator)(images, items.category)
    return {
        "outputs": {
            "image_bytes": (images + 1.0) * 127.5,
            "realism": np.asarray(items.scale.realism(scores)),
        },
        "tolerance": PIXEL_TOLERANCE,
    }


class _Judge:
    """Scores of the trainer for designs, for the first user."""

    def __init__(self, context: DesignContext, items: CategoryItems) -> None:
        self._context = context
        self._items = items
        self._user = context.user_vector(0)
        self._score = scoring(context.gan.discriminator)

    def preference(self, images: np.ndarray) -> np.ndarray:
        return self._items.preference.embed_many(images) @ self._user

    def design(self, answer: Answer) -> Judged:
        images = _images(answer)
        preference = self.preference(images)
        scores = self._score(images, self._items.category)
        realism = np.asarray(self._items.scale.realism(scores))
        gain = self._gain(Designs(None, images, preference, realism))
        return {
            "preference": (answer["preference"], preference),
            "realism": (answer["realism"], realism),
            "gains": (np.minimum(gain + MAX_LOSS, 0.0), np.zeros_like(gain)),
            "nearest_item_ids": self._nearest(answer, images),
        }

    def restyle(self, answer: Answer) -> Judged:
        expected = self.preference(_images(answer))
        return {"preference_after": (answer["preference_after"], expected)}

    def _gain(self, designs: Designs) -> np.ndarray:
        """Returns the objective of a design minus that of its best start."""
        designer = self._context.designer
        request = self._items.request(self._user, SEED)

        # In eager mode the networks would take much memory.
        @tf.function(autograph=False)
        def start_objectives() -> tf.Tensor:
            indices = tf.range(designer.search.num_starts)
            starts = designer.starts(indices, request)
            return designer.worth(designer.draw(starts, request), request)

        best_start = start_objectives().numpy().max()
        return np.asarray(designer.worth(designs, request) - best_start)

    def _nearest(
        self, answer: Answer, images: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns cosines of the returned and of the nearest items."""
        design, catalog = (
            tf.math.l2_normalize(embeddings, axis=1).numpy()
            for embeddings in (
                self._items.preference.embed_many(images),
                self._context.ensemble.embeddings,
            )
        )
        # Items of the category come first.
        cosines = catalog @ design[0] - OF_CATEGORY
        cosines[self._items.items] += OF_CATEGORY
        item_ids = self._context.trained.interactions.item_ids
        cosine_of = dict(zip(item_ids, cosines, strict=True))
        returned = np.array(
            [
                cosine_of.get(item_id.decode(), np.nan)
                for item_id in answer["nearest_item_ids"][0]
            ]
        )
        return returned, np.sort(cosines)[::-1][:NEAREST]


def _decode_jpeg(context: DesignContext, jpeg: bytes) -> np.ndarray:
    """Decodes a JPEG file to the GAN's size: [1, size, size, 3] in [-1, 1]."""
    gan = context.gan
    pixels, _ = decode_images(
        tf.constant([jpeg]), gan.image_size, gan.run.resize
    )
    return np.asarray(pixels) / 127.5 - 1.0


def _images(answer: Answer) -> np.ndarray:
    """Decodes the images of a result: [n, size, size, 3] in [-1, 1]."""
    return pixels_of(answer["image_bytes"]) / 127.5 - 1.0

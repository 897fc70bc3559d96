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
from export.servables.designer import OF_CATEGORY
from export.servables.image_decoding import decode_photos
from export.servables.png import pixels_of
from trainer.design.category_items import CategoryItems
from trainer.design.design_context import DesignContext
from trainer.design.design_set import NEAREST
from trainer.design.discriminator_scale import scoring
from trainer.design.latent_optimizer import Designs

SEED = 0
STRENGTH = 0.5
DRAWN = 0.01
"""Tolerance of pixels, which PNG rounds."""
SAID = 0.05
"""Tolerance of scores of PNG images: on H&M, rounding costs .01 of a score."""
LOST = 0.5
"""Allowed decrease of a design below the best start of its search, by rounding,
in standard deviations of the scores of catalog images; the best of many random
candidates is several above the mean."""


def designer_examples(
    studio: DesignContext, shelves: Sequence[CategoryItems]
) -> list[Example]:
    """Returns golden requests of all signatures, `generate` per category.

    `design` and `restyle` are requested for the first user and category.

    Args:
        studio: Recommenders and GAN of the servable.
        shelves: Catalog images of each category of the GAN, in order.
    """
    judge = _Judge(studio, shelves[0])
    jpeg = studio.trained.photos.jpeg(int(shelves[0].items[0]))
    known = {"known_user": np.array([True])}
    edited = {"preference_input": judge.preference(_photo(studio, jpeg))}
    expected: dict[str, list[dict[str, Any]]] = {
        "serving_default": [_random(studio, shelf) for shelf in shelves],
        "design": [{"outputs": known, "judge": judge.design}],
        "restyle": [{"outputs": known | edited, "judge": judge.restyled}],
    }
    samples = {
        "user_id": studio.trained.interactions.user_ids[0],
        "image_bytes": jpeg,
        "seed": SEED,
        "strength": STRENGTH,
    }
    return [
        Example(
            name,
            golden_inputs(signature, {**samples, "category": shelf.name}),
            **{"tolerance": SAID, **fields},
        )
        for name, signature in SIGNATURES[DESIGNER].items()
        for shelf, fields in zip(
            shelves, expected.get(name, [{}]), strict=False
        )
    ]


def _random(studio: DesignContext, shelf: CategoryItems) -> dict[str, Any]:
    """Returns the expected random image of a category."""
    images = studio.random_images(shelf.category, 1, (SEED, 0))
    scores = scoring(studio.gan.discriminator)(images, shelf.category)
    return {
        "outputs": {
            "image_bytes": (images + 1.0) * 127.5,
            "realism": np.asarray(shelf.scale.realism(scores)),
        },
        "tolerance": DRAWN,
    }


class _Judge:
    """Scores of the trainer for designs, for the first user."""

    def __init__(self, studio: DesignContext, shelf: CategoryItems) -> None:
        self._studio = studio
        self._shelf = shelf
        self._person = studio.person(0)
        self._score = scoring(studio.gan.discriminator)

    def preference(self, images: np.ndarray) -> np.ndarray:
        return self._shelf.preference.embed_many(images) @ self._person

    def design(self, answer: Answer) -> Judged:
        images = _images(answer)
        preference = self.preference(images)
        scores = self._score(images, self._shelf.category)
        realism = np.asarray(self._shelf.scale.realism(scores))
        gain = self._gain(Designs(None, images, preference, realism))
        return {
            "preference": (answer["preference"], preference),
            "realism": (answer["realism"], realism),
            "gains": (np.minimum(gain + LOST, 0.0), np.zeros_like(gain)),
            "nearest_item_ids": self._nearest(answer, images),
        }

    def restyled(self, answer: Answer) -> Judged:
        right = self.preference(_images(answer))
        return {"preference_after": (answer["preference_after"], right)}

    def _gain(self, found: Designs) -> np.ndarray:
        """Returns the objective of a design minus that of its best start."""
        designer = self._studio.designer
        wish = self._shelf.wish(self._person, SEED)

        @tf.function  # In eager mode the networks would take much memory.
        def began() -> tf.Tensor:
            starts = designer.starts(tf.range(designer.search.num_starts), wish)
            return designer.worth(designer.draw(starts, wish), wish)

        return np.asarray(designer.worth(found, wish) - began().numpy().max())

    def _nearest(
        self, answer: Answer, images: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns cosines of the returned and of the nearest items."""
        looks, photos = (
            tf.math.l2_normalize(one, axis=1).numpy()
            for one in (
                self._shelf.preference.embed_many(images),
                self._studio.ensemble.looks,
            )
        )
        # Items of the category come first.
        worth = photos @ looks[0] - OF_CATEGORY
        worth[self._shelf.items] += OF_CATEGORY
        item_ids = self._studio.trained.interactions.item_ids
        worth_of = dict(zip(item_ids, worth, strict=True))
        named = [one.decode() for one in answer["nearest_item_ids"][0]]
        found = np.array([worth_of.get(one, np.nan) for one in named])
        return found, np.sort(worth)[::-1][:NEAREST]


def _photo(studio: DesignContext, jpeg: bytes) -> np.ndarray:
    """Decodes a JPEG file to the GAN's size: [1, size, size, 3] in [-1, 1]."""
    gan = studio.gan
    pixels, _ = decode_photos(
        tf.constant([jpeg]), gan.image_size, gan.run.resize
    )
    return np.asarray(pixels) / 127.5 - 1.0


def _images(answer: Answer) -> np.ndarray:
    """Decodes the images of a result: [n, size, size, 3] in [-1, 1]."""
    return pixels_of(answer["image_bytes"]) / 127.5 - 1.0

"""Requests of the `designer`, and what the trainer answers.

A search of many steps hangs on how numbers are rounded: in another process the
same start ended .06 of its score away, and a restyled photo .2, with another
number of threads even in the same graph. So it is not what was found that must
be the trainer's, but what is said of it.
"""

import numpy as np
import tensorflow as tf

from export.example import Answer
from export.example import Example
from export.example import Outputs
from export.photo_decoding import decode_photos
from export.png import pixels_of
from trainer.design.realism import scoring
from trainer.design.shelf import Shelf
from trainer.design.studio import Studio

SEED = 0
STRENGTH = 0.5
DRAWN = 0.01
"""Tolerance of pixels, which a PNG rounds."""
SAID = 0.05
"""Tolerance of scores of these: on H&M .01 of a score is lost to rounding."""


def designer_examples(studio: Studio, shelf: Shelf) -> list[Example]:
    """Returns a request of each signature.

    All are about the first person and one category.

    Args:
        studio: What the servable is made of.
        shelf: The photos of the category.
    """
    judge = _Judge(studio, shelf)
    user, category, jpeg = (
        np.array([one], object)
        for one in (
            studio.trained.interactions.user_ids[0],
            shelf.name,
            studio.trained.photos.jpeg(int(shelf.items[0])),
        )
    )
    seed = np.array([SEED], np.int64)
    random = studio.random_images(shelf.category, 1, (SEED, 0))
    return [
        Example(
            "serving_default",
            {"category": category, "seed": seed},
            {
                "image_bytes": (random + 1.0) * 127.5,
                "realism": judge.realism(random),
            },
            tolerance=DRAWN,
        ),
        Example(
            "design",
            {"user_id": user, "category": category, "seed": seed},
            judge=judge.design,
            tolerance=SAID,
        ),
        Example(
            "restyle",
            {
                "user_id": user,
                "image_bytes": jpeg,
                "category": category,
                "strength": np.array([STRENGTH], np.float32),
            },
            {"preference_of_photo": judge.preference(_photo(studio, jpeg))},
            judge=judge.restyled,
            tolerance=SAID,
        ),
    ]


class _Judge:
    """Says of images what the trainer says, for the first person."""

    def __init__(self, studio: Studio, shelf: Shelf) -> None:
        self._shelf = shelf
        self._person = studio.person(0)
        self._score = scoring(studio.gan.discriminator)

    def preference(self, images: np.ndarray) -> np.ndarray:
        return self._shelf.preference.embed_many(images) @ self._person

    def realism(self, images: np.ndarray) -> np.ndarray:
        scores = self._score(images, self._shelf.category)
        return np.asarray(self._shelf.scale.realism(scores))

    def design(self, answer: Answer) -> Outputs:
        images = _images(answer)
        return {
            "preference": self.preference(images),
            "realism": self.realism(images),
        }

    def restyled(self, answer: Answer) -> Outputs:
        return {"preference_after": self.preference(_images(answer))}


def _photo(studio: Studio, jpeg: np.ndarray) -> np.ndarray:
    """Returns photos as the GAN sees them, [n, size, size, 3] in [-1, 1]."""
    gan = studio.gan
    pixels, _ = decode_photos(tf.constant(jpeg), gan.image_size, gan.run.resize)
    return np.asarray(pixels) / 127.5 - 1.0


def _images(answer: Answer) -> np.ndarray:
    """Returns the images of an answer, [n, size, size, 3] in [-1, 1]."""
    return pixels_of(answer["image_bytes"]) / 127.5 - 1.0

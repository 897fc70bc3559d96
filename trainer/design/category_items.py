"""What the shop has of a category: its photos, as small as designs are.

Real photos and designs go the same way to a network, from the same number of
pixels, so that size alone makes neither better.
"""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from trainer.data.images import Photos
from trainer.design.design_request import DesignRequest
from trainer.design.discriminator_scale import RealismScale
from trainer.design.image_scorer import Preference
from trainer.design.score_normalization import ScoreDistribution
from trainer.metrics.generative.feature_extractor import extract_features
from trainer.models.layers.resize import resized

_PHOTOS_A_BATCH = 256


@dataclasses.dataclass(frozen=True)
class CategoryItems:
    """The photos of a category.

    Attributes:
        name: Of the category.
        category: Its index among those that the GAN draws.
        items: Item indices, ascending, int64 [n].
        photos: Of the whole catalogue.
        preference: What a recommender says of images.
        scale: What the discriminator's scores are worth.
    """

    name: str
    category: int
    items: np.ndarray
    photos: Photos
    preference: Preference
    scale: RealismScale

    def images(self, rows: np.ndarray) -> np.ndarray:
        """Returns photos as small as designs.

        Args:
            rows: Places in `items`, int [m].

        Returns:
            float32 [m, image_size, image_size, 3] in [-1, 1].
        """
        photos = self.photos.take(tf.constant(self.items[rows]))
        images: np.ndarray = resized(
            tf.cast(photos, tf.float32) / 127.5 - 1.0,
            self.preference.image_size,
        ).numpy()
        return images

    @functools.cached_property
    def embeddings(self) -> np.ndarray:
        """What the recommender makes of all photos, Phi, float32 [n, K]."""
        return self._of_each(self.preference.embed_many, "scoring")

    @functools.cached_property
    def looks(self) -> np.ndarray:
        """Image features, float32 [n, 1280]; see `extract_features`."""
        return self._of_each(extract_features, "looking at")

    def standing(self, person: np.ndarray) -> ScoreDistribution:
        """Returns the scores of all photos for a person.

        Args:
            person: Theta, float32 [K].
        """
        return ScoreDistribution(self.embeddings @ person)

    def wish(self, person: np.ndarray, seed: int) -> DesignRequest:
        """Returns a person's wish for the category, as the designer takes it.

        Args:
            person: Theta, float32 [K].
            seed: Of all that is drawn by chance.
        """
        return DesignRequest(
            person.astype(np.float32),
            np.int32(self.category),
            self.standing(person).spread,
            self.scale,
            np.int64(seed),
        )

    def _of_each(
        self, function: Callable[[np.ndarray], np.ndarray], doing: str
    ) -> np.ndarray:
        """Applies a function of images to all photos, batch by batch."""
        starts = range(0, len(self.items), _PHOTOS_A_BATCH)
        rows = np.arange(len(self.items))
        bar = tqdm(starts, f"{doing} {self.name}", leave=False, disable=None)
        return np.concatenate(
            [
                function(self.images(rows[start : start + _PHOTOS_A_BATCH]))
                for start in bar
            ]
        )

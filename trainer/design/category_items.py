"""Catalog images of one category, at the size of the generated images.

Real and generated images enter the networks at the same size, so that the
image size does not bias a comparison.
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
from trainer.metrics.generative.appearance import appearance
from trainer.metrics.generative.feature_extractor import extract_features
from trainer.models.layers.resize import resized

_PHOTOS_PER_BATCH = 256


@dataclasses.dataclass(frozen=True)
class CategoryItems:
    """Items and images of a category.

    Attributes:
        name: Name of the category.
        category: Index of the category among those that the GAN generates.
        items: Item indices, ascending, int64 [n].
        photos: Images of the whole catalog.
        preference: Preference model that scores images.
        scale: Realism scale of the discriminator's scores of the category.

    Example:
        dresses = context.category_items("Dress")
        scores = dresses.standing(context.user_vector(user))
        best_items = dresses.items[scores.best(5)]
    """

    name: str
    category: int
    items: np.ndarray
    photos: Photos
    preference: Preference
    scale: RealismScale

    def images(self, rows: np.ndarray) -> np.ndarray:
        """Returns images at the size of the generated images.

        Args:
            rows: Positions in `items`, int [m].

        Returns:
            RGB images, float32 [m, image_size, image_size, 3] in [-1, 1].
        """
        photos = self.photos.take(tf.constant(self.items[rows]))
        images: np.ndarray = resized(
            tf.cast(photos, tf.float32) / 127.5 - 1.0,
            self.preference.image_size,
        ).numpy()
        return images

    @functools.cached_property
    def embeddings(self) -> np.ndarray:
        """Image embeddings Phi of all items, float32 [n, K]."""
        return self._of_each(self.preference.embed_many, "scoring")

    @functools.cached_property
    def features(self) -> np.ndarray:
        """Image features of all items, float32 [n, 1280]."""
        return self._of_each(extract_features, "image features of")

    @functools.cached_property
    def appearance(self) -> np.ndarray:
        """Color and edge features of all items, float32 [n, d]."""
        return self._of_each(appearance, "colors and edges of")

    def standing(self, user_vector: np.ndarray) -> ScoreDistribution:
        """Returns the distribution of a user's scores over all items.

        Args:
            user_vector: User vector theta, float32 [K].
        """
        return ScoreDistribution(self.embeddings @ user_vector)

    def request(self, user_vector: np.ndarray, seed: int) -> DesignRequest:
        """Returns the design request of a user for this category.

        Args:
            user_vector: User vector theta, float32 [K].
            seed: Random seed of the search.
        """
        return DesignRequest(
            user_vector.astype(np.float32),
            np.int32(self.category),
            self.standing(user_vector).spread,
            self.scale,
            np.int64(seed),
        )

    def _of_each(
        self, function: Callable[[np.ndarray], np.ndarray], doing: str
    ) -> np.ndarray:
        """Applies a function to the images of all items, in batches.

        Args:
            function: Function of images, float32 [batch, image_size,
                image_size, 3], to a row each, float32 [batch, d].
            doing: Text of the progress bar, before the category name.

        Returns:
            Rows of all items, float32 [n, d].
        """
        starts = range(0, len(self.items), _PHOTOS_PER_BATCH)
        rows = np.arange(len(self.items))
        bar = tqdm(starts, f"{doing} {self.name}", leave=False, disable=None)
        return np.concatenate(
            [
                function(self.images(rows[start : start + _PHOTOS_PER_BATCH]))
                for start in bar
            ]
        )

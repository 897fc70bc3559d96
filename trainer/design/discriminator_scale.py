"""How real an image looks to the discriminator: 1 like a photo, 0 like made.

A least-squares discriminator D is trained to say just that, and is taken as it
is. Any other is brought to that scale: with r the mean of D over photos of the
category, s their standard deviation, and m the mean over images that the
generator made at random,

    1 + (D(X, c) - r) / max(r - m, s),

so that photos are at 1 on average, and made images at 0, or above it where the
discriminator hardly tells them apart.
"""

from collections.abc import Callable
from typing import Any
from typing import NamedTuple

import numpy as np
import tensorflow as tf

_IMAGES_A_BATCH = 64


class RealismScale(NamedTuple):
    """What a discriminator's scores of a category are worth.

    Attributes:
        photos: What it says of photos, on average, float scalar.
        unit: What is 1 on the scale of least squares, float scalar.
    """

    photos: Any
    unit: Any

    def realism(self, scores: Any) -> Any:
        """Returns scores on the scale of least squares."""
        return 1.0 + (scores - self.photos) / self.unit


LEAST_SQUARES = RealismScale(np.float32(1.0), np.float32(1.0))
"""The scale of a discriminator that is trained to it."""


def scoring(
    discriminator: Any,
) -> Callable[[np.ndarray, int], np.ndarray]:
    """Returns what scores images of a category.

    In a graph, which is traced once, and batch by batch: a network that is
    called by itself keeps all it computes until it is done, 8 GB for 256 images
    and the features of ImageNet.

    Args:
        discriminator: From images and categories to float [n].

    Returns:
        From images, float32 [n, size, size, 3] in [-1, 1], and the index of
        their category to scores, float32 [n].
    """

    @tf.function(reduce_retracing=True)
    def score(some: tf.Tensor, category: tf.Tensor) -> tf.Tensor:
        categories = tf.fill(tf.shape(some)[:1], category)
        return discriminator(some, categories, training=False)

    def score_all(images: np.ndarray, category: int) -> np.ndarray:
        batches = tf.data.Dataset.from_tensor_slices(images)
        return np.concatenate(
            [
                score(batch, tf.constant(category)).numpy()
                for batch in batches.batch(_IMAGES_A_BATCH)
            ]
        )

    return score_all


def fit_scale(photos: np.ndarray, made: np.ndarray) -> RealismScale:
    """Returns the scale of another discriminator.

    Args:
        photos: Its scores of photos, float [n].
        made: Its scores of images made at random, float [m].
    """
    mean = photos.mean()
    # The tiny constant is for a discriminator that says one thing of all.
    unit = max(mean - made.mean(), photos.std(), 1e-6)
    return RealismScale(np.float32(mean), np.float32(unit))

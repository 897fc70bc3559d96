"""Realism scale of a discriminator: 1 for real, 0 for generated images.

A least-squares discriminator D is trained to these targets, and its scores are
used unchanged. The scores of any other discriminator are rescaled to

    1 + (D(X, c) - r) / max(r - m, s),

where r is the mean and s the standard deviation of D over real images of the
category c, and m the mean over random generated images. Real images then have
a mean of 1. Generated images have a mean of 0, or more if the discriminator
hardly separates the two.
"""

from collections.abc import Callable
from typing import Any
from typing import NamedTuple

import numpy as np
import tensorflow as tf

_IMAGES_PER_BATCH = 64


class RealismScale(NamedTuple):
    """Linear map of discriminator scores to the least-squares scale.

    Attributes:
        photos: Mean score of real images, float32 scalar or [n].
        unit: Score difference of 1 on the scale, float32 scalar or [n].
    """

    photos: Any
    unit: Any

    def realism(self, scores: Any) -> Any:
        """Returns the scores on the least-squares scale.

        Args:
            scores: Discriminator scores, float32 [n].
        """
        return 1.0 + (scores - self.photos) / self.unit


LEAST_SQUARES = RealismScale(np.float32(1.0), np.float32(1.0))
"""Identity scale, for a discriminator trained with least squares."""


def scoring(
    discriminator: Any,
) -> Callable[[np.ndarray, int], np.ndarray]:
    """Returns a function that scores images of a category in batches.

    The batches run in a graph that is traced once. An eager call would keep
    all intermediate results until it ends: 8 GB for 256 images and the
    ImageNet features.

    Args:
        discriminator: Model of images, float32 [n, size, size, 3], and
            category indices, int [n], to scores, float32 [n].

    Returns:
        Function of images, float32 [n, size, size, 3] in [-1, 1], and one
        category index to scores, float32 [n].
    """

    @tf.function(autograph=False, reduce_retracing=True)
    def score(some: tf.Tensor, category: tf.Tensor) -> tf.Tensor:
        categories = tf.fill(tf.shape(some)[:1], category)
        return discriminator(some, categories, training=False)

    def score_all(images: np.ndarray, category: int) -> np.ndarray:
        batches = tf.data.Dataset.from_tensor_slices(images)
        return np.concatenate(
            [
                score(batch, tf.constant(category)).numpy()
                for batch in batches.batch(_IMAGES_PER_BATCH)
            ]
        )

    return score_all


def fit_scale(photos: np.ndarray, made: np.ndarray) -> RealismScale:
    """Fits the scale of a discriminator that least squares did not train.

    Args:
        photos: Discriminator scores of real images, float [n].
        made: Discriminator scores of random generated images, float [m].
    """
    mean = photos.mean()
    # The constant avoids a division by 0 if all scores are equal.
    unit = max(mean - made.mean(), photos.std(), 1e-6)
    return RealismScale(np.float32(mean), np.float32(unit))

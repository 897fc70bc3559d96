"""Cuts that a generator draws, for composed designs of shapes of no item."""

import functools

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.design.composed_search import MAX_CUTS
from trainer.design.enlarge_cuts import enlarge_cuts
from trainer.design.image_scorer import Preference
from trainer.gan.cut_generator_file import TrainedCutGenerator
from trainer.models.composition.cut import Cut
from trainer.models.composition.usable_cut import is_usable

_SAMPLES, _KEPT = 64, 12
"""Cuts that are drawn of a category, and the best of them."""
_TRUNCATION = 0.8
"""Factor of random z: shapes are torn less often the nearer z is to the center
(Brock, Donahue and Simonyan, "Large scale GAN training", ICLR 2019)."""
LARGEST_KID = 0.3
"""Validation KID up to which usable cuts look like garments.

By eye, on the shipped photos: at .27 most do; at .63 trousers and T-shirts
alone.
"""


class DrawnCuts:
    """Usable cuts that a trained generator draws, by category.

    Args:
        trained: The generator.
        preference: Preference model of images of the size of the cuts.

    Raises:
        UserError: If the generator is not fit to show.

    Example:
        drawn = DrawnCuts(load_cut_generator(path), preference)
        best_dresses = drawn.best("Dress", user_vector)
    """

    def __init__(
        self, trained: TrainedCutGenerator, preference: Preference
    ) -> None:
        if trained.val_kid > LARGEST_KID:
            raise UserError(
                "the cuts of this generator do not look like garments yet (KID "
                f"{trained.val_kid:.2f}; fit to show up to {LARGEST_KID:g}); "
                "train `gan --preset cuts` longer or on more images"
            )
        self._trained = trained
        self._preference = preference

    @property
    def categories(self) -> list[str]:
        """Names of the categories that the generator draws."""
        trained = self._trained
        return [
            one for one in trained.categories if one not in trained.left_out
        ]

    def best(
        self, name: str, user_vector: np.ndarray, limit: int = MAX_CUTS
    ) -> list[tuple[int, Cut]]:
        """Returns the cuts of a category that a user likes most, in gray.

        Args:
            name: Name of the category.
            user_vector: User vector theta, float32 [K].
            limit: Maximum number of cuts to return.

        Returns:
            Cuts with their numbers, see `Parts.cut_item`, the best first; none
            of a category that the generator does not draw.
        """
        if name not in self.categories:
            return []
        cuts, embeddings = self._of_category(name)
        if not cuts:
            return []
        order = np.argsort(-embeddings @ user_vector, kind="stable")[:limit]
        return [(-1 - int(row), cuts[row]) for row in order]

    @functools.cache  # noqa: B019
    def _of_category(self, name: str) -> tuple[list[Cut], np.ndarray]:
        """Draws the usable cuts of a category, the same for each user.

        Returns:
            Cuts, and image embeddings Phi of them in gray, float32 [n, K].
        """
        category = self._trained.categories.index(name)
        rng = np.random.default_rng(category)
        z = _TRUNCATION * rng.normal(size=(_SAMPLES, self._trained.z_dim))
        alpha, shading = self._trained.generator.cuts(
            z.astype(np.float32), np.full(_SAMPLES, category), training=False
        )
        faults = 2.0 * _fuzziness(alpha) - _symmetry(alpha)
        best = np.argsort(faults, kind="stable")[:_KEPT]
        enlarged = enlarge_cuts(
            tf.gather(alpha, best),
            tf.gather(shading, best),
            self._preference.image_size,
        )
        cuts = [cut for cut in enlarged if is_usable(cut)]
        if not cuts:
            return [], np.zeros((0, 0), np.float32)
        images = np.stack([cut.image for cut in cuts])
        return cuts, self._preference.embed_many(images)


def _fuzziness(alpha: tf.Tensor) -> np.ndarray:
    """Returns the share of garments that is neither there nor absent.

    Shreds and holes of a shape that the generator is not sure of are
    translucent.

    Args:
        alpha: Opacity, float32 [n, size, size, 1] in [0, 1].

    Returns:
        A value of each cut, float32 [n].
    """
    unsure = tf.reduce_mean(alpha * (1.0 - alpha), axis=[1, 2, 3])
    area = tf.reduce_mean(alpha, axis=[1, 2, 3])
    return np.asarray(unsure / tf.maximum(area, 1e-6))


def _symmetry(alpha: tf.Tensor) -> np.ndarray:
    """Returns how far shapes are their own mirror images.

    A garment that lacks a sleeve is not.

    Args:
        alpha: Opacity, float32 [n, size, size, 1] in [0, 1].

    Returns:
        Intersection over union of a shape and its mirror image, for the best
        of the vertical axes near the center, float64 [n].
    """
    shapes = np.asarray(alpha)[..., 0] > 0.5
    mirrored = shapes[:, :, ::-1]
    furthest = shapes.shape[2] // 8
    overlaps = []
    for shift in range(-furthest, furthest + 1):
        moved = np.roll(mirrored, shift, axis=2)
        both = (shapes & moved).sum(axis=(1, 2))
        either = (shapes | moved).sum(axis=(1, 2))
        overlaps.append(both / np.maximum(either, 1))
    return np.max(overlaps, axis=0)

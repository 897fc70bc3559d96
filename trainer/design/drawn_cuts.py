"""Cuts that a generator draws, for composed designs of shapes of no item."""

import functools

import numpy as np
import tensorflow as tf
from keras import ops
from scipy import ndimage

from atelier.io.errors import UserError
from trainer.design.composed_search import MAX_CUTS
from trainer.design.image_scorer import Preference
from trainer.gan.cut_generator_file import TrainedCutGenerator
from trainer.models.composition.cut import Cut
from trainer.models.composition.gray_garment import gray_garment
from trainer.models.composition.lab_color import rgb_to_lab
from trainer.models.composition.usable_cut import is_usable

_SAMPLES, _KEPT = 48, 24
"""Cuts that are drawn of a category, and those with the clearest edges."""
_TRUNCATION = 0.8
"""Factor of random z: shapes are torn less often the nearer z is to the center
(Brock, Donahue and Simonyan, "Large scale GAN training", ICLR 2019)."""
_EDGE = 0.2
"""Half of the range of opacities that an edge keeps when it is enlarged."""

_LEAST_PART = 0.2
"""Area of a part of a garment, such as a shoe, relative to the largest one."""
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
        clear = np.argsort(_fuzziness(alpha), kind="stable")[:_KEPT]
        layers = (tf.gather(layer, clear) for layer in (alpha, shading))
        cuts = [cut for cut in self._enlarged(*layers) if is_usable(cut)]
        if not cuts:
            return [], np.zeros((0, 0), np.float32)
        images = np.stack([cut.image for cut in cuts])
        return cuts, self._preference.embed_many(images)

    def _enlarged(self, alpha: tf.Tensor, shading: tf.Tensor) -> list[Cut]:
        """Returns cuts of the catalog's image size, with narrow edges."""
        size = 2 * (self._preference.image_size,)
        alpha, shading = (
            tf.image.resize(layer, size, "bicubic")
            for layer in (alpha, _without_dots(shading))
        )
        edge = (alpha - 0.5 + _EDGE) / (2.0 * _EDGE)
        alpha = ops.convert_to_numpy(tf.clip_by_value(edge, 0.0, 1.0))
        alpha = np.stack([_without_specks(one) for one in alpha])
        images = ops.convert_to_numpy(gray_garment(alpha, shading))
        gray = gray_garment(np.ones((1, 1, 1), "f"), np.zeros((1, 1, 1), "f"))
        color = ops.convert_to_numpy(rgb_to_lab(gray))
        # All of it is cloth: trims are not generated.
        cloth = np.ones_like(alpha[0])
        return [
            Cut(image, of_image, cloth, light, color)
            for image, of_image, light in zip(
                images, alpha, ops.convert_to_numpy(shading), strict=True
            )
        ]


def _without_dots(shading: tf.Tensor) -> tf.Tensor:
    """Removes what alternates from pixel to pixel, by the kernel [1, 2, 1] / 4.

    The generator makes pixels in squares of 2 x 2, which show when enlarged.

    Args:
        shading: Logarithm of the light, float32 [n, size, size, 1].
    """
    padded = tf.pad(shading, [[0, 0], [1, 1], [1, 1], [0, 0]], "REFLECT")
    once = tf.nn.avg_pool2d(padded, 2, 1, "VALID")
    return tf.nn.avg_pool2d(once, 2, 1, "VALID")


def _without_specks(alpha: np.ndarray) -> np.ndarray:
    """Removes what is apart from the garment, but not its other half.

    Args:
        alpha: Opacity, float32 [size, size, 1] in [0, 1].
    """
    parts, _ = ndimage.label(alpha[..., 0] > 0)
    areas = np.bincount(parts.ravel(), alpha.ravel())
    whole = areas >= _LEAST_PART * areas.max()
    return np.where(whole[parts][..., None], alpha, 0.0)


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

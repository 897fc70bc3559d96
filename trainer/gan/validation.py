"""Validation metrics of a GAN snapshot: KID and diversity."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from trainer.gan.config import GanConfig
from trainer.gan.dataset import GanDataset
from trainer.gan.latent import draw_z
from trainer.metrics.generative.feature_extractor import extract_features
from trainer.metrics.generative.kid import kid
from trainer.training.trainer_protocol import Logs

BEST_METRIC = "val_kid"
DIVERSITY = "val_diversity"
_SEED = (0, 5)
"""Seed of z, the same for all runs, so that their metrics are comparable."""


class Validation:
    """Compares generated with held-out images of the same categories.

    Args:
        dataset: Data set with the held-out images.
        config: Configuration of the run.

    Example:
        validation = Validation(load_gan_dataset(run), run.config)
        print(validation.measure(trainer.draw)["val_kid"])
    """

    def __init__(self, dataset: GanDataset, config: GanConfig) -> None:
        self._category = dataset.category[dataset.held_out]
        self._z = draw_z(
            config, len(self._category), tf.constant(_SEED)
        ).numpy()
        self._real = extract_features(dataset.images(dataset.held_out))

    def measure(
        self, draw: Callable[[np.ndarray, np.ndarray], np.ndarray]
    ) -> Logs:
        """Computes the validation metrics of a generator.

        Args:
            draw: Function of z, float [n, z_dim], and category indices, int
                [n], to images, float32 [n, size, size, 3] in [-1, 1].

        Returns:
            `val_kid`, the kernel inception distance, 0 at best; and
            `val_diversity`, the within-category spread of the features of the
            generated images divided by that of the held-out images.
        """
        made = extract_features(draw(self._z, self._category))
        of_designs, of_photos = (
            _spread(one, self._category) for one in (made, self._real)
        )
        return {
            BEST_METRIC: kid(self._real, made).mean,
            # The spread is 0 if each held-out image has its own category.
            DIVERSITY: of_designs / of_photos if of_photos else 1.0,
        }


def _spread(features: np.ndarray, category: np.ndarray) -> float:
    """Returns the root mean square distance from the category mean.

    Args:
        features: Image features, float [n, d].
        category: Category indices, int [n].
    """
    squares = sum(
        (
            (features[category == one] - features[category == one].mean(0)) ** 2
        ).sum(dtype=np.float64)
        for one in np.unique(category)
    )
    return float(np.sqrt(squares / len(features)))

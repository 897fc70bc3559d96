"""What a run of the GAN is judged by after each snapshot."""

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
"""Of every run, so that no run is judged by luckier draws than another."""


class Validation:
    """Compares designs with held-out photos of the same categories.

    Args:
        catalogue: The photos.
        config: The configuration of the run.
    """

    def __init__(self, catalogue: GanDataset, config: GanConfig) -> None:
        self._category = catalogue.category[catalogue.held_out]
        self._z = draw_z(
            config, len(self._category), tf.constant(_SEED)
        ).numpy()
        self._real = extract_features(catalogue.images(catalogue.held_out))

    def measure(
        self, draw: Callable[[np.ndarray, np.ndarray], np.ndarray]
    ) -> Logs:
        """Measures a generator.

        Args:
            draw: Makes images of z and categories.

        Returns:
            `val_kid`, the kernel inception distance, 0 at best; and
            `val_diversity`, how far the designs of a category lie apart, as a
            share of how far its photos do.
        """
        made = extract_features(draw(self._z, self._category))
        of_designs, of_photos = (
            _spread(one, self._category) for one in (made, self._real)
        )
        return {
            BEST_METRIC: kid(self._real, made).mean,
            # Photos each of a category of its own say nothing of diversity.
            DIVERSITY: of_designs / of_photos if of_photos else 1.0,
        }


def _spread(features: np.ndarray, category: np.ndarray) -> float:
    """Returns the distance from the mean of the category, as a root of squares.

    Args:
        features: float [n, d].
        category: int [n].
    """
    squares = sum(
        (
            (features[category == one] - features[category == one].mean(0)) ** 2
        ).sum(dtype=np.float64)
        for one in np.unique(category)
    )
    return float(np.sqrt(squares / len(features)))

"""The baselines of an evaluation, fitted to what the run was trained on."""

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from trainer.baselines import BASELINES
from trainer.baselines import fit_baseline
from trainer.baselines.baseline import BaselineData
from trainer.data.attributes import load_categories
from trainer.metrics.ranking.scorer import Scorer
from trainer.models.backbones import build_backbone
from trainer.models.embeddings import map_images
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run

FEATURES_OF = "efficientnet_lite0"
"""The frozen network whose features baselines are given."""


def fit_baselines(
    names: list[str], run: Run, trained: TrainedRecommender
) -> dict[str, Scorer]:
    """Fits baselines to the training items of a run.

    Args:
        names: Of baselines.
        run: The run.
        trained: The same, loaded.

    Returns:
        Their scorers, by name.

    Raises:
        UserError: If the data lack what a baseline needs, or a package is
            missing.
    """
    needs = {need for name in names for need in BASELINES[name].needs}
    data = BaselineData(
        trained.interactions,
        features=_features(run, trained) if "features" in needs else None,
        categories=load_categories(run.data_dir),
        seed=run.config.seed,
    )
    bar = tqdm(names, "baselines", leave=False, disable=None)
    return {name: fit_baseline(name, data) for name in bar}


def _features(run: Run, trained: TrainedRecommender) -> np.ndarray:
    """Returns what the frozen network makes of the photos."""
    network = build_backbone(FEATURES_OF, run.image_size)
    return map_images(
        lambda photos: network(tf.cast(photos, tf.float32) / 127.5 - 1.0),
        trained.photos,
    )()

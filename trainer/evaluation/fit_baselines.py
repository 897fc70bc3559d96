"""Fits the baselines of an evaluation to the training data of the run."""

import time

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from trainer.baselines import BASELINES
from trainer.baselines.baseline import BaselineData
from trainer.baselines.fit_baseline import fit_baseline
from trainer.data.attributes import load_categories
from trainer.metrics.ranking.scorer import Scorer
from trainer.models.backbones import build_backbone
from trainer.models.embeddings import map_images
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run

FEATURES_OF = "efficientnet_lite0"
"""The pretrained network that computes the image features of the baselines."""


def fit_baselines(
    names: list[str], run: Run, trained: TrainedRecommender
) -> tuple[dict[str, Scorer], dict[str, float]]:
    """Fits baselines to the training interactions of a run.

    Args:
        names: Names of the baselines.
        run: The run.
        trained: The loaded model of the run.

    Returns:
        The scorers of the baselines, and the CPU minutes that fitting each
        took with the image features that it needs, both by name.

    Raises:
        UserError: If the data lack an input of a baseline, or a package is
            missing.
    """
    needs = {need for name in names for need in BASELINES[name]}
    start = time.process_time()
    features = _features(run, trained) if "features" in needs else None
    seconds_of_features = time.process_time() - start
    data = BaselineData(
        trained.interactions,
        features=features,
        categories=load_categories(run.data_dir),
        seed=run.config.seed,
    )
    scorers, minutes = {}, {}
    for name in tqdm(names, "baselines", leave=False, disable=None):
        start = time.process_time()
        scorers[name] = fit_baseline(name, data)
        seconds = time.process_time() - start
        if "features" in BASELINES[name]:
            seconds += seconds_of_features
        minutes[name] = seconds / 60
    return scorers, minutes


def _features(run: Run, trained: TrainedRecommender) -> np.ndarray:
    """Returns the image features of the pretrained network, [items, F]."""
    network = build_backbone(FEATURES_OF, run.image_size)
    return map_images(
        lambda photos: network(tf.cast(photos, tf.float32) / 127.5 - 1.0),
        trained.photos,
    )()

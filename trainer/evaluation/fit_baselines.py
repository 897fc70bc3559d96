"""Fits the baselines of an evaluation to the training data of the run."""

import dataclasses
import logging
import time

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from trainer.baselines import BASELINES
from trainer.baselines import Need
from trainer.baselines.baseline import BaselineData
from trainer.baselines.baseline import missing_input
from trainer.baselines.blends import BLENDS
from trainer.baselines.fit_baseline import fit_baseline
from trainer.data.attributes import load_categories
from trainer.data.catalog_images import CatalogImages
from trainer.data.interactions import Interactions
from trainer.data.item_content import load_item_content
from trainer.evaluation.config import ALL
from trainer.evaluation.config import EvaluationConfig
from trainer.metrics.ranking.scorer import Scorer
from trainer.models.backbones import build_backbone
from trainer.models.embeddings import map_catalog
from trainer.models.towers.content_encoder import ATTRIBUTES
from trainer.models.towers.content_encoder import TEXT
from trainer.models.towers.content_encoder import ContentEncoder
from trainer.recommender.pretrained_features import read_features
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run

_logger = logging.getLogger(__name__)

FEATURES_OF = "efficientnet_lite0"
"""The pretrained network that computes the image features of the baselines."""

CONTENT_DIM = 256
"""Number of features of the attributes and of the text of an item."""


def choose_baselines(
    options: EvaluationConfig, interactions: Interactions
) -> list[str]:
    """Returns the names of the baselines to fit.

    Data without times leave out, with a warning, the baselines of `all` that
    need them.

    Args:
        options: Options of the evaluation.
        interactions: Interactions to fit the baselines to.

    Raises:
        UserError: If a baseline that the options name needs times, and the
            interactions have none.
    """
    names = options.baseline_names
    if interactions.times is not None:
        return names
    for name in names:
        if "times" in BASELINES[name]:
            error = missing_input(name, "times")
            if options.baselines != ALL or options.reference_baseline == name:
                raise error
            _logger.warning(f"left out: {error}")
    return [name for name in names if "times" not in BASELINES[name]]


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
    start = time.process_time()
    kept = read_features(run, FEATURES_OF) if _need("features", names) else None
    data = load_baseline_data(
        names,
        run.data_dir,
        trained.interactions,
        trained.images,
        kept and kept.values,
    )
    data = dataclasses.replace(data, seed=run.config.seed)
    seconds_of_features = time.process_time() - start
    if kept:
        seconds_of_features += kept.cpu_seconds
    scorers: dict[str, Scorer] = {}
    seconds: dict[str, float] = {}
    for name in tqdm(names, "baselines", leave=False, disable=None):
        start = time.process_time()
        scorers[name] = fit_baseline(name, data, scorers)
        seconds[name] = time.process_time() - start
        if name in BLENDS:  # With the parts that were fitted before.
            seconds[name] += sum(
                seconds.get(part, 0.0) for part in BLENDS[name]
            )
    return scorers, {
        name: (own + seconds_of_features * ("features" in BASELINES[name])) / 60
        for name, own in seconds.items()
    }


def load_baseline_data(
    names: list[str],
    data_dir: str,
    interactions: Interactions,
    images: CatalogImages,
    features: np.ndarray | None = None,
) -> BaselineData:
    """Returns the data that some baselines need, with the seed 0.

    Args:
        names: Names of the baselines.
        data_dir: Folder of the prepared data set.
        interactions: Interactions of the data set.
        images: Images of the data set.
        features: Image features of the pretrained network, float32 [items, F];
            None computes them if a baseline needs them.
    """
    if features is None and _need("features", names):
        features = _features(images)
    return BaselineData(
        interactions,
        features=features,
        categories=load_categories(data_dir),
        content=_content(data_dir) if _need("content", names) else None,
    )


def _need(need: Need, names: list[str]) -> bool:
    return any(need in BASELINES[name] for name in names)


def _content(data_dir: str) -> tuple[np.ndarray, ...]:
    """Returns the features of attributes and text, float32 [items, C] each."""
    content = load_item_content(data_dir)
    encoder = ContentEncoder((ATTRIBUTES, TEXT), CONTENT_DIM)
    encoder.fit(content)
    return tuple(np.split(encoder.encode(content), 2, axis=1))


def _features(images: CatalogImages) -> np.ndarray:
    """Returns the image features of the pretrained network, [items, F]."""
    network = build_backbone(FEATURES_OF, images.image_size)
    return map_catalog(
        lambda photos: network(tf.cast(photos, tf.float32) / 127.5 - 1.0),
        images,
    )

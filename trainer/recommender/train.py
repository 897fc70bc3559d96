"""Joint training of the two towers from pixels."""

import logging
from collections.abc import Sequence

import keras

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import run_artifacts
from trainer.data.images import Photos
from trainer.data.images import load_photos
from trainer.data.interactions import Interactions
from trainer.data.interactions import load_interactions
from trainer.data.item_content import load_item_content
from trainer.data.user_holdout import HeldOutUsers
from trainer.data.user_holdout import hold_out_users
from trainer.models.backbones import initial_weights
from trainer.recommender.build_model import build_model
from trainer.recommender.candidate_trainer import CandidateTrainer
from trainer.recommender.config import BEST_METRIC
from trainer.recommender.pairwise_trainer import PairwiseTrainer
from trainer.recommender.pretrained_features import write_features
from trainer.recommender.recommendation_grid import RecommendationGrid
from trainer.training.callbacks import CpuTimer
from trainer.training.callbacks import default_callbacks
from trainer.training.distribution import initialize_strategy
from trainer.training.embedding_projector import CONFIG
from trainer.training.loop import TrainingLoop
from trainer.training.loop_options import LoopOptions
from trainer.training.run import Run

_logger = logging.getLogger(__name__)


def train(
    run: Run,
    verbose: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> None:
    """Trains a run to its end, resuming from its last checkpoint if any.

    Args:
        run: The run; results are written to its folder.
        verbose: 0 silent, 1 a progress bar, 2 one line per epoch.
        callbacks: Additional Keras callbacks, after the default ones.

    Raises:
        UserError: If the data set is unusable or has no validation items, the
            last checkpoint is of another model, or the loss is not finite.
    """
    config, timer = run.config, CpuTimer(run.run_dir)
    strategy = initialize_strategy(config.seed)
    interactions = _interactions(run)
    photos = load_photos(run.data_dir, config.image_cache_mb << 20)
    with strategy.scope():
        trainer = _build_trainer(
            run, interactions, photos, strategy.num_replicas_in_sync
        )
    options = LoopOptions(
        epochs=config.epochs,
        steps_per_epoch=trainer.steps_per_epoch,
        checkpoint_every_steps=config.checkpoint_every_steps,
        best_metric=BEST_METRIC,
        patience=config.early_stopping_patience,
        max_steps=config.max_steps,
    )
    loop = TrainingLoop(trainer, options, run.run_dir, strategy)
    steps = loop.resume()
    if not steps:
        start = initial_weights(config.backbone, config.weights or None)
        _logger.info(f"initial weights of {config.backbone}: {start}")
        if features := trainer.start():
            write_features(run, features)
    if steps < options.steps:
        json_files.remove(run.run_dir, *run_artifacts.OF_EVALUATION, CONFIG)
    loop.run(
        trainer.batches_from,
        [
            *default_callbacks(run.run_dir, BEST_METRIC, loop),
            RecommendationGrid(trainer.preview_users, photos, run.run_dir),
            timer,
            *callbacks,
        ],
        verbose,
    )


def _build_trainer(
    run: Run, interactions: Interactions, photos: Photos, replicas: int
) -> PairwiseTrainer | CandidateTrainer:
    config = run.config
    model = build_model(
        config,
        run.image_size,
        len(interactions.user_ids),
        interactions.train_counts(),
        config.weights or None,
    )
    if config.draws_triples:
        return PairwiseTrainer(model, config, interactions, photos, replicas)
    content = None
    if config.modalities:
        content = load_item_content(
            run.data_dir, config.features, config.features_dim
        )
    return CandidateTrainer(
        model, config, interactions, photos, replicas, content
    )


def load_run_interactions(run: Run) -> tuple[Interactions, HeldOutUsers | None]:
    """Loads the interactions of a run, and its held-out users if it has any."""
    return hold_out_users(
        load_interactions(run.data_dir).weighed(run.config.weight_power),
        run.config.holdout_user_fraction,
        run.config.seed,
    )


def _interactions(run: Run) -> Interactions:
    """Loads the interactions to train on; they include validation pairs."""
    interactions, _ = load_run_interactions(run)
    if not len(interactions.validation):
        raise UserError(
            f"{run.data_dir} holds out no validation item, and the best "
            "checkpoint is chosen by validation AUC; prepare the data again "
            "with a split that holds out validation items"
        )
    return interactions

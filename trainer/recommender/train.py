"""Joint training of the two towers from pixels."""

import logging
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema import run_artifacts
from atelier.schema.manifest import IDS
from atelier.schema.manifest import Manifest
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.catalog_sample import load_catalog_sample
from trainer.data.images import load_photos
from trainer.data.interactions import Interactions
from trainer.data.interactions import load_interactions
from trainer.data.item_content import load_item_content
from trainer.data.item_stream import ItemStream
from trainer.data.triple_stream import TripleStream
from trainer.data.user_holdout import HeldOutUsers
from trainer.data.user_holdout import hold_out_users
from trainer.models.backbones import initial_weights
from trainer.recommender.build_model import build_model
from trainer.recommender.candidate_trainer import CandidateTrainer
from trainer.recommender.config import BEST_METRIC
from trainer.recommender.pairwise_trainer import PairwiseTrainer
from trainer.recommender.pretrained_features import write_features
from trainer.recommender.recommendation_grid import RecommendationGrid
from trainer.recommender.recommender_trainer import RecommenderTrainer
from trainer.recommender.stream_candidate_trainer import StreamCandidateTrainer
from trainer.recommender.stream_pairwise_trainer import StreamPairwiseTrainer
from trainer.recommender.stream_trainer import StreamTrainer
from trainer.training.callbacks import CpuTimer
from trainer.training.callbacks import default_callbacks
from trainer.training.cluster import count_workers
from trainer.training.cluster import has_parameter_servers
from trainer.training.cluster import worker_index
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
    strategy = initialize_strategy(config.seed, config.streams)
    trainer = build_trainer(run, strategy)
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
            RecommendationGrid(
                trainer.preview_users, trainer.photos, run.run_dir
            ),
            timer,
            *callbacks,
        ],
        verbose,
    )


def build_trainer(
    run: Run, strategy: tf.distribute.Strategy
) -> RecommenderTrainer:
    """Builds the model of a run, and its trainer on the data set.

    Args:
        run: The run.
        strategy: Distribution strategy.

    Raises:
        UserError: If the data set is unusable or has no validation items.
    """
    build = _stream_trainer if run.config.streams else _catalog_trainer
    return build(run, strategy)


def _catalog_trainer(
    run: Run, strategy: tf.distribute.Strategy
) -> PairwiseTrainer | CandidateTrainer:
    """Returns the trainer on a catalog in memory."""
    config, interactions = run.config, load_run_interactions(run)[0]
    _require_validation(run, interactions)
    photos = load_photos(run.data_dir, config.image_cache_mb << 20)
    content = None
    if config.modalities:
        content = load_item_content(
            run.data_dir, config.features, config.features_dim
        )
    replicas = strategy.num_replicas_in_sync
    with strategy.scope():
        model = build_model(
            config,
            run.image_size,
            len(interactions.user_ids),
            interactions.train_counts(),
            config.weights or None,
        )
        if config.draws_triples:
            return PairwiseTrainer(
                model, config, interactions, photos, replicas
            )
        return CandidateTrainer(
            model, config, interactions, photos, replicas, content
        )


def _stream_trainer(
    run: Run, strategy: tf.distribute.Strategy
) -> StreamTrainer:
    """Returns the trainer on a stream of triples."""
    config, counts = run.config, Manifest.read(run.data_dir).counts
    user_ids = read_vocabulary(paths.vocabulary(run.data_dir, "users"))
    sample = load_catalog_sample(run.data_dir, user_ids)
    _require_validation(run, sample.interactions)
    if counts.get(paths.NEGATIVE):
        _logger.warning("the stream leaves out explicit negatives")
    batch_size = min(config.batch_size, counts["train"])
    workers = (worker_index(), max(1, count_workers()))
    if has_parameter_servers():
        _check_asynchronous(run)
        workers = (0, 1)  # Each worker reads all shards.
    num_items, replicas = counts["items"], strategy.num_replicas_in_sync
    of_images = (run.image_size, batch_size)
    # In the scope, parameter servers copy the index of the users to workers.
    with strategy.scope():
        stream = TripleStream(
            run.data_dir,
            user_ids,
            *of_images,
            counts["train"] // batch_size,
            config.seed,
            *workers,
        )
        model = build_model(
            config,
            run.image_size,
            len(user_ids),
            np.empty(0, np.int64),
            config.weights or None,
        )
        if config.loss != "bpr":
            return StreamCandidateTrainer(
                model, config, stream, sample, num_items, replicas
            )
        catalog = ItemStream(
            run.data_dir, num_items, *of_images, config.seed, *workers
        )
        return StreamPairwiseTrainer(
            model, config, stream, catalog, sample, replicas
        )


def _check_asynchronous(run: Run) -> None:
    """Raises UserError for what workers of parameter servers cannot do."""
    if run.config.cross_batch_memory:
        raise UserError(
            "a cross-batch memory is for workers in step, and those of "
            "parameter servers are not; leave --cross_batch_memory out"
        )
    if Manifest.read(run.data_dir).triples == IDS:
        raise UserError(
            f"{run.data_dir} has triples of ids, and workers of parameter "
            "servers read triples with images; prepare the data set with "
            "--triples images"
        )


def load_run_interactions(run: Run) -> tuple[Interactions, HeldOutUsers | None]:
    """Loads the interactions of a run, and its held-out users if it has any."""
    return hold_out_users(
        load_interactions(run.data_dir).weighed(run.config.weight_power),
        run.config.holdout_user_fraction,
        run.config.seed,
    )


def _require_validation(run: Run, interactions: Interactions) -> None:
    if not len(interactions.validation):
        raise UserError(
            f"{run.data_dir} holds out no validation item, and the best "
            "checkpoint is chosen by validation AUC; prepare the data again "
            "with a split that holds out validation items"
        )

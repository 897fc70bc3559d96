"""GAN training on the images of a prepared data set."""

import logging

import keras
import tensorflow as tf

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema import run_artifacts
from trainer.gan.collapse_monitor import CollapseMonitor
from trainer.gan.config import GanConfig
from trainer.gan.cut_generator_file import CUT_GENERATOR
from trainer.gan.cut_generator_file import write_cut_generator
from trainer.gan.dataset import GanDataset
from trainer.gan.dataset import announce
from trainer.gan.dataset import load_gan_dataset
from trainer.gan.gan_trainer import GanTrainer
from trainer.gan.sample_grid import SampleGrid
from trainer.gan.time_limit import TimeLimit
from trainer.gan.trained_gan import load_trained_gan
from trainer.gan.validation import BEST_METRIC
from trainer.training.callbacks import default_callbacks
from trainer.training.cluster import require_single_worker
from trainer.training.distribution import initialize_strategy
from trainer.training.loop import TrainingLoop
from trainer.training.loop_options import LoopOptions
from trainer.training.run import Run

_logger = logging.getLogger(__name__)


def train_gan(run: Run[GanConfig], verbose: int) -> None:
    """Trains a run to its end, starting at its last checkpoint if any.

    Args:
        run: The GAN run; results are written to its folder.
        verbose: 0: no output, 1: progress bar, 2: one line per snapshot.

    Raises:
        UserError: If the data or the configuration is not suitable for
            training.
    """
    config = run.config
    if config.max_seconds:
        # The clocks of several workers differ, so that they would stop at
        # different steps.
        require_single_worker("max_seconds")
    strategy = initialize_strategy(config.seed)
    dataset = load_gan_dataset(run)
    announce(dataset, run.run_dir)
    replicas = strategy.num_replicas_in_sync
    _check_batch_size(config, replicas)
    with strategy.scope():
        training = GanTrainer(config, dataset, replicas)
    schedule = LoopOptions(
        epochs=config.steps // config.snapshot_every,
        steps_per_epoch=config.snapshot_every,
        checkpoint_every_steps=config.checkpoint_every_steps,
        best_metric=BEST_METRIC,
        best_is_least=True,
        patience=config.early_stopping_patience,
    )
    loop = TrainingLoop(training, schedule, run.run_dir, strategy)
    steps = loop.resume()
    limit = TimeLimit(training.seconds, config.max_seconds)
    if limit.is_over:
        _logger.info(
            f"{run.run_dir} has already taken {steps} steps within "
            f"--max_seconds {config.max_seconds:g}; nothing to do"
        )
        return
    if steps < schedule.steps:
        json_files.remove(
            run.run_dir, run_artifacts.GAN_METRICS, run_artifacts.GAN_TABLE
        )
    callbacks = [limit, *_callbacks(run, training, dataset, loop)]
    loop.run(training.batches_from, callbacks, verbose)
    if config.generator == "cut":
        path = paths.join(run.run_dir, CUT_GENERATOR)
        write_cut_generator(load_trained_gan(run.run_dir), path)
        _logger.info(f"generator for `design --cut_generator`: {path}")


def _check_batch_size(config: GanConfig, replicas: int) -> None:
    # The diversity loss compares pairs of images.
    least = 2 if config.diversity_loss_weight else 1
    if config.batch_size % (least * replicas):
        raise UserError(
            f"--batch_size must be a multiple of {least * replicas} (at least "
            f"{least} on each of {replicas} devices), got {config.batch_size}"
        )


def _callbacks(
    run: Run[GanConfig],
    training: GanTrainer,
    dataset: GanDataset,
    loop: TrainingLoop,
) -> list[keras.callbacks.Callback]:
    """Returns the callbacks for logs, sample grids and collapse warnings."""
    _, of_discriminator = training.optimizers
    return [
        *default_callbacks(
            run.run_dir,
            BEST_METRIC,
            loop,
            # On several devices it is a distributed variable, which `float`
            # does not accept.
            learning_rate_discriminator=lambda: float(
                tf.convert_to_tensor(of_discriminator.learning_rate)
            ),
        ),
        CollapseMonitor(),
        SampleGrid(
            training.draw,
            run.config,
            len(dataset.categories),
            run.run_dir,
        ),
    ]

"""Trains a GAN on the photos of a prepared data set."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from records import layout
from records.errors import UserError
from trainer.gan.catalogue import load_catalogue
from trainer.gan.collapse_watch import CollapseWatch
from trainer.gan.config import GanConfig
from trainer.gan.sample_grid import SampleGrid
from trainer.gan.time_limit import TimeLimit
from trainer.gan.training import GanTraining
from trainer.gan.validation import BEST_METRIC
from trainer.history import History
from trainer.loop import Loop
from trainer.loop import Schedule
from trainer.loop import all_devices
from trainer.run import Run


def train(
    run: Run[GanConfig],
    verbose: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> None:
    """Trains a run to its end, from its last checkpoint if there is one.

    Args:
        run: What to train; results go to its folder.
        verbose: 0 silent, 1 a progress bar, 2 a line a snapshot.
        callbacks: More of them, beside those that keep the history.

    Raises:
        UserError: If the data cannot be trained on.
    """
    config = run.config
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    catalogue = load_catalogue(run)
    strategy = all_devices()
    replicas = strategy.num_replicas_in_sync
    if config.batch_size % replicas:
        raise UserError(
            f"--batch_size is a multiple of the {replicas} devices here, got "
            f"{config.batch_size}"
        )
    with strategy.scope():
        training = GanTraining(config, catalogue, replicas)
    schedule = Schedule(
        epochs=config.steps // config.snapshot_every,
        steps_per_epoch=config.snapshot_every,
        save_every=config.save_every,
        best_metric=BEST_METRIC,
        best_is_least=True,
    )
    loop = Loop(training, schedule, run.run_dir, strategy)
    steps = loop.resume()
    limit = TimeLimit(training.seconds, config.max_seconds)
    if steps >= schedule.steps or limit.is_over:
        print(f"{run.run_dir} has taken {steps} steps already; nothing to do")
        return
    if steps:
        print(f"goes on from step {steps} of {schedule.steps}")
    keepers = [
        limit,
        History(run.run_dir),
        CollapseWatch(),
        SampleGrid(
            training.draw, config, len(catalogue.categories), run.run_dir
        ),
        keras.callbacks.TensorBoard(
            layout.join(run.run_dir, "logs"), write_graph=False
        ),
    ]
    loop.run(training.batches_from, [*keepers, *callbacks], verbose)

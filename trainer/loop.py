"""The training loop: one for every model, on whatever devices there are."""

import dataclasses
import math
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import Protocol

import keras
import tensorflow as tf

from records import layout
from records.errors import UserError

Logs = dict[str, float]

CHECKPOINTS = "checkpoints"
"""Folder in that of a run from which training goes on."""


class Trainable(Protocol):
    """What the loop trains.

    Attributes:
        model: The model that callbacks see.
        metrics: Running means that `train_step` updates, by name.
        checkpoint_items: All that must survive a restart, by name.
    """

    model: keras.Model
    metrics: dict[str, keras.metrics.Metric]
    checkpoint_items: dict[str, Any]

    def train_step(self, batch: Any) -> None:
        """Takes one step on one device's part of a batch."""

    def evaluate(self) -> Logs:
        """Returns validation metrics; runs after each epoch."""


@dataclasses.dataclass(frozen=True)
class Schedule:
    """How long to train and what to keep.

    Attributes:
        epochs: How many times `evaluate` is called.
        steps_per_epoch: Steps between two calls.
        save_every: Steps between checkpoints within an epoch.
        best_metric: The checkpoint with the best value of it is kept.
        best_is_least: Whether the smallest value is the best, not the largest.
    """

    epochs: int
    steps_per_epoch: int
    save_every: int
    best_metric: str
    best_is_least: bool = False

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.epochs * self.steps_per_epoch


class Loop:
    """Trains to the end of a schedule, going on from the last checkpoint.

    Args:
        trainable: The model and its step, made under `strategy.scope()`.
        schedule: How long to train.
        run_dir: Checkpoints go to `checkpoints/` and `best/` in it.
        strategy: The devices.
    """

    def __init__(
        self,
        trainable: Trainable,
        schedule: Schedule,
        run_dir: str,
        strategy: tf.distribute.Strategy,
    ) -> None:
        self._trainable = trainable
        self._schedule = schedule
        self._run_dir = run_dir
        self._strategy = strategy
        self._step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._best = tf.Variable(float("-inf"), trainable=False)
        checkpoint = tf.train.Checkpoint(
            step=self._step,
            best=self._best,
            # Keras metrics are no checkpoint items, their variables are.
            running=[
                variable.value
                for metric in trainable.metrics.values()
                for variable in metric.variables
            ],
            **trainable.checkpoint_items,
        )
        self._last_checkpoints = tf.train.CheckpointManager(
            checkpoint, layout.join(run_dir, CHECKPOINTS), max_to_keep=2
        )
        self._best_checkpoints = tf.train.CheckpointManager(
            checkpoint, layout.join(run_dir, "best"), max_to_keep=1
        )

    def resume(self) -> int:
        """Restores the last checkpoint, if there is one.

        Returns:
            The number of steps already taken.

        Raises:
            UserError: If it is the checkpoint of another model.
        """
        path = self._last_checkpoints.latest_checkpoint
        if path:
            status = self._last_checkpoints.checkpoint.restore(path)
            try:
                status.assert_existing_objects_matched()
            except AssertionError as error:
                raise UserError(
                    f"{path} holds another model than this code builds; give "
                    "another --run_dir"
                ) from error
        return int(self._step)

    def restore_best(self) -> None:
        """Gives the model its weights of the best checkpoint."""
        tf.train.Checkpoint(model=self._trainable.model).restore(
            self._best_checkpoints.latest_checkpoint
        ).expect_partial()

    def run(
        self,
        batches_from: Callable[[int], tf.data.Dataset],
        callbacks: list[keras.callbacks.Callback],
        verbose: int,
    ) -> None:
        """Trains from the present step to the last one, and says which.

        Args:
            batches_from: Makes the endless data set of batches that starts
                with a given step; asked for each epoch, whose batches may
                hold other things than those before.
            callbacks: Keras callbacks; they see `trainable.model`.
            verbose: 0 silent, 1 a progress bar, 2 a line an epoch.

        Raises:
            UserError: If a running metric is no longer a finite number.
        """
        schedule = self._schedule
        first_step = int(self._step)
        if first_step >= schedule.steps:
            print(
                f"{self._run_dir} has taken {first_step} steps already; "
                "nothing to do"
            )
            return
        if first_step:
            print(f"goes on from step {first_step} of {schedule.steps}")
        calls = keras.callbacks.CallbackList(
            callbacks,
            add_progbar=verbose > 0,
            model=self._trainable.model,
            verbose=verbose,
            epochs=schedule.epochs,
            steps=schedule.steps_per_epoch,
        )
        calls.on_train_begin()
        first_epoch = first_step // schedule.steps_per_epoch
        for epoch in range(first_epoch, schedule.epochs):
            calls.on_epoch_begin(epoch)
            batches = self._strategy.experimental_distribute_dataset(
                batches_from(int(self._step))
            )
            self._train_epoch(iter(batches), calls)
            self._check_finite()
            logs = {**self._running(), **self._trainable.evaluate()}
            calls.on_epoch_end(epoch, logs)
            self._end_epoch(logs)
            if self._trainable.model.stop_training:
                break
        calls.on_train_end()

    def _train_epoch(
        self, batches: Iterator[Any], calls: keras.callbacks.CallbackList
    ) -> None:
        """Takes the steps that are left of an epoch."""
        schedule = self._schedule
        last = schedule.steps_per_epoch
        for index in range(int(self._step) % last, last):
            calls.on_train_batch_begin(index)
            self._distributed_step(next(batches))
            self._step.assign_add(1)
            calls.on_train_batch_end(index, self._running())
            # After the last step of an epoch comes its evaluation, and only
            # then a checkpoint: a run that dies between repeats both.
            done = index + 1
            if done % schedule.save_every == 0 and done < last:
                self._save()
            if self._trainable.model.stop_training:  # A callback's wish.
                break

    @tf.function
    def _distributed_step(self, batch: Any) -> None:
        self._strategy.run(self._trainable.train_step, args=(batch,))

    def _end_epoch(self, logs: Logs) -> None:
        for metric in self._trainable.metrics.values():
            metric.reset_state()
        merit = logs[self._schedule.best_metric]
        if self._schedule.best_is_least:
            merit = -merit
        if merit > float(self._best):
            self._best.assign(merit)
            self._best_checkpoints.save(int(self._step))
        self._save()

    def _save(self) -> None:
        self._check_finite()
        self._last_checkpoints.save(int(self._step))

    def _check_finite(self) -> None:
        """Stops before a model that is lost replaces a sound checkpoint."""
        for name, value in self._running().items():
            if not math.isfinite(value):
                raise UserError(
                    f"{name} is {value} at step {int(self._step)}; lower "
                    "--learning_rate (with a new --run_dir)"
                )

    def _running(self) -> Logs:
        return {
            name: float(metric.result())
            for name, metric in self._trainable.metrics.items()
        }

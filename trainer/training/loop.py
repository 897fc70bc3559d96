"""The training loop: one for every model, on whatever devices there are."""

import math
import sys
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.training.checkpoints import Checkpoints
from trainer.training.input_stall import InputStallTimer
from trainer.training.loop_options import LoopOptions
from trainer.training.preemption import EXIT_CODE
from trainer.training.preemption import PreemptionHandler
from trainer.training.trainer_protocol import Logs
from trainer.training.trainer_protocol import Trainable

LOGS_EVERY = 10
"""Steps between two looks of callbacks at the running metrics.

To read these and write them to TensorBoard takes a millisecond or two, and to
read them on a GPU waits for the step.
"""


class TrainingLoop:
    """Trains to the end of a schedule, going on from the last checkpoint.

    Args:
        trainable: The model and its step, made under `strategy.scope()`.
        schedule: How long to train.
        run_dir: Checkpoints go to `checkpoints/` and `best/` in it.
        strategy: The devices.

    Attributes:
        data_wait: Share of the time of the last epoch's steps that they waited
            for data.
    """

    def __init__(
        self,
        trainable: Trainable,
        schedule: LoopOptions,
        run_dir: str,
        strategy: tf.distribute.Strategy,
    ) -> None:
        self._trainable = trainable
        self._schedule = schedule
        self._run_dir = run_dir
        self._strategy = strategy
        self.data_wait = 0.0
        self._checkpoints = Checkpoints(
            run_dir,
            # Keras metrics are no checkpoint items, their variables are.
            running=[
                variable.value
                for metric in trainable.metrics.values()
                for variable in metric.variables
            ],
            **trainable.checkpoint_items,
        )

    def resume(self) -> int:
        """Restores the last checkpoint, if there is one.

        Returns:
            The number of steps already taken.

        Raises:
            UserError: If it is the checkpoint of another model.
        """
        return self._checkpoints.resume()

    def restore_best(self) -> None:
        """Gives the model its weights of the best checkpoint."""
        self._checkpoints.restore_best(self._trainable.model)

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
        first_step = self._checkpoints.steps
        if first_step >= schedule.steps or self._is_out_of_patience():
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
        with PreemptionHandler() as wish_to_end:
            self._train(batches_from, calls, wish_to_end)
        calls.on_train_end()

    def _train(
        self,
        batches_from: Callable[[int], tf.data.Dataset],
        calls: keras.callbacks.CallbackList,
        wish_to_end: PreemptionHandler,
    ) -> None:
        """Goes through the epochs that are left."""
        schedule = self._schedule
        first_epoch = self._checkpoints.steps // schedule.steps_per_epoch
        for epoch in range(first_epoch, schedule.epochs):
            calls.on_epoch_begin(epoch)
            batches = self._strategy.experimental_distribute_dataset(
                batches_from(self._checkpoints.steps)
            )
            waited_for = InputStallTimer(iter(batches))
            self._train_epoch(waited_for, calls, wish_to_end)
            self.data_wait = waited_for.share()
            self._check_finite()
            logs = {**self._running(), **self._trainable.evaluate()}
            calls.on_epoch_end(epoch, logs)
            self._end_epoch(logs)
            if self._trainable.model.stop_training:
                break

    def _train_epoch(
        self,
        batches: Iterator[Any],
        calls: keras.callbacks.CallbackList,
        wish_to_end: PreemptionHandler,
    ) -> None:
        """Takes the steps that are left of an epoch."""
        schedule = self._schedule
        last = schedule.steps_per_epoch
        for index in range(self._checkpoints.steps % last, last):
            calls.on_train_batch_begin(index)
            self._distributed_step(next(batches))
            self._checkpoints.count_step()
            done = index + 1
            shown = self._running() if done % LOGS_EVERY == 0 else None
            calls.on_train_batch_end(index, shown)
            # After the last step of an epoch comes its evaluation, and only
            # then a checkpoint: a run that dies between repeats both.
            if wish_to_end.requested and done < last:
                self._save_and_exit()
            if done % schedule.checkpoint_every_steps == 0 and done < last:
                self._save()
            if self._checkpoints.steps >= schedule.steps:
                self._trainable.model.stop_training = True
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
        self._checkpoints.end_epoch(merit)
        if self._is_out_of_patience():
            self._trainable.model.stop_training = True

    def _is_out_of_patience(self) -> bool:
        since_best = self._checkpoints.epochs_since_best
        return 0 < self._schedule.patience <= since_best

    def _save_and_exit(self) -> None:
        self._save()
        print(
            f"asked to end: {self._run_dir} is saved at step "
            f"{self._checkpoints.steps}; the same command goes on from there"
        )
        sys.exit(EXIT_CODE)

    def _save(self) -> None:
        self._check_finite()
        self._checkpoints.save()

    def _check_finite(self) -> None:
        """Stops before a model that is lost replaces a sound checkpoint."""
        for name, value in self._running().items():
            if not math.isfinite(value):
                raise UserError(
                    f"{name} is {value} at step {self._checkpoints.steps}; "
                    "lower --learning_rate (with a new --run_dir)"
                )

    def _running(self) -> Logs:
        return {
            name: float(metric.result())
            for name, metric in self._trainable.metrics.items()
        }

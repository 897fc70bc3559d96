"""The training loop of all models, on one or several devices."""

import logging
import math
import sys

import keras
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.training.checkpoints import Checkpoints
from trainer.training.checkpoints import seed_states
from trainer.training.distribution import seed_replicas
from trainer.training.loop_options import LoopOptions
from trainer.training.preemption import EXIT_CODE
from trainer.training.preemption import PreemptionHandler
from trainer.training.step_runner import BatchesFrom
from trainer.training.step_runner import step_runner
from trainer.training.trainer_protocol import Logs
from trainer.training.trainer_protocol import Trainable

_logger = logging.getLogger(__name__)

LOGS_EVERY = 10
"""Number of steps between the reports of running metrics to callbacks.

Reading them and writing them to TensorBoard takes a millisecond or two, and on
a GPU it waits for the step.
"""


class TrainingLoop:
    """Trains until the end of a schedule, from the last checkpoint.

    On SIGTERM it writes a checkpoint and exits with `preemption.EXIT_CODE`.

    Example:
        loop = TrainingLoop(trainer, options, "runs/demo", strategy)
        loop.resume()
        loop.run(trainer.batches_from, callbacks=[], verbose=2)
        loop.restore_best()

    Args:
        trainable: Model and training step, created under `strategy.scope()`.
        schedule: Length of the training, and choice of the checkpoints.
        run_dir: Folder of the run; checkpoints go to its subfolders
            `checkpoints/` and `best/`.
        strategy: Distribution strategy.

    Attributes:
        input_stall: Fraction of the last epoch's time that steps waited for
            data, 0 to 1.
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
        self._steps = step_runner(
            strategy, trainable.train_step, schedule.steps
        )
        self.input_stall = 0.0
        self._checkpoints = Checkpoints(
            run_dir,
            # Keras metrics are not trackable, but their variables are.
            running=[
                variable.value
                for metric in trainable.metrics.values()
                for variable in metric.variables
            ],
            **trainable.checkpoint_items,
        )

    def resume(self) -> int:
        """Restores the last checkpoint, if there is one.

        Call it once, before `run`, also to start: it gives each replica random
        draws of its own.

        Returns:
            The number of completed steps.

        Raises:
            UserError: If the checkpoint holds another model.
        """
        steps = self._checkpoints.resume()
        seed_replicas(seed_states(self._trainable.model), self._strategy)
        return steps

    def restore_best(self) -> None:
        """Restores the weights of the best checkpoint into the model."""
        self._checkpoints.restore_best(self._trainable.model)

    def run(
        self,
        batches_from: BatchesFrom,
        callbacks: list[keras.callbacks.Callback],
        verbose: int,
    ) -> None:
        """Trains from the present step to the last one.

        Args:
            batches_from: Function that returns the infinite dataset of batches
                from a given step; called once per epoch, so that the content of
                the batches may change between epochs; with parameter servers
                once per worker, from a step that is a tensor.
            callbacks: Keras callbacks; their model is `trainable.model`.
            verbose: 0 for silent, 1 for a progress bar, 2 for a line per epoch.

        Raises:
            UserError: If a running metric is not finite.
        """
        schedule = self._schedule
        first_step = self._checkpoints.steps
        if first_step >= schedule.steps or self._is_out_of_patience():
            _logger.info(
                f"{self._run_dir} is already trained for {first_step} steps; "
                "nothing to do"
            )
            return
        if first_step:
            _logger.info(f"resuming from step {first_step} of {schedule.steps}")
        calls = keras.callbacks.CallbackList(
            callbacks,
            add_progbar=verbose > 0,
            model=self._trainable.model,
            verbose=verbose,
            epochs=schedule.epochs,
            steps=schedule.steps_per_epoch,
        )
        calls.on_train_begin()
        with PreemptionHandler() as preemption:
            self._train(batches_from, calls, preemption)
        calls.on_train_end()

    def _train(
        self,
        batches_from: BatchesFrom,
        calls: keras.callbacks.CallbackList,
        preemption: PreemptionHandler,
    ) -> None:
        """Runs the remaining epochs."""
        schedule = self._schedule
        first_epoch = self._checkpoints.steps // schedule.steps_per_epoch
        for epoch in range(first_epoch, schedule.epochs):
            calls.on_epoch_begin(epoch)
            self._steps.start(batches_from, self._checkpoints.steps)
            self._train_epoch(calls, preemption)
            self.input_stall = self._steps.input_stall
            self._steps.wait()
            self._check_finite()
            logs = {**self._running(), **self._trainable.evaluate()}
            calls.on_epoch_end(epoch, logs)
            self._end_epoch(logs)
            if self._trainable.model.stop_training:
                break

    def _train_epoch(
        self,
        calls: keras.callbacks.CallbackList,
        preemption: PreemptionHandler,
    ) -> None:
        """Runs the remaining steps of an epoch."""
        schedule = self._schedule
        last = schedule.steps_per_epoch
        for index in range(self._checkpoints.steps % last, last):
            calls.on_train_batch_begin(index)
            self._steps.step()
            self._checkpoints.count_step()
            done = index + 1
            shown = self._running() if done % LOGS_EVERY == 0 else None
            calls.on_train_batch_end(index, shown)
            # The checkpoint of the last step is written only after the
            # evaluation, so that a run killed in between repeats both.
            if preemption.requested and done < last:
                self._save_and_exit()
            if done % schedule.checkpoint_every_steps == 0 and done < last:
                self._save()
            if self._checkpoints.steps >= schedule.steps:
                self._trainable.model.stop_training = True
            if self._trainable.model.stop_training:  # A callback may set it.
                break

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
        _logger.warning(
            f"stopped by SIGTERM: {self._run_dir} is saved at step "
            f"{self._checkpoints.steps}; run the same command to resume"
        )
        sys.exit(EXIT_CODE)

    def _save(self) -> None:
        self._steps.wait()
        self._check_finite()
        self._checkpoints.save()

    def _check_finite(self) -> None:
        """Raises before a diverged model replaces a good checkpoint."""
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

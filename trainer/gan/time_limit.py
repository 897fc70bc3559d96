"""Limit on the total time of the training steps."""

import time

import keras
import tensorflow as tf


class TimeLimit(keras.callbacks.Callback):
    """Stops training after a number of seconds spent in training steps.

    Runs with the same limit are comparable, whatever the cost of a step. The
    time of snapshots and checkpoints is not counted, nor is the first step of
    each process, which traces the graph.

    Args:
        seconds: Seconds counted so far, float64 scalar variable that is saved
            in the checkpoints of the run.
        max_seconds: Limit in seconds; 0: no limit.

    Example:
        limit = TimeLimit(trainer.seconds, max_seconds=3600)
        loop.run(trainer.batches_from, [limit], verbose=1)
    """

    def __init__(self, seconds: tf.Variable, max_seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._max_seconds = max_seconds
        self._is_first = True
        self._began = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the time limit is reached."""
        return 0 < self._max_seconds <= float(self._seconds.numpy())

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Starts the timer."""
        self._began = time.perf_counter()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Stops the timer, and training if the limit is reached."""
        if not self._is_first:
            self._seconds.assign_add(time.perf_counter() - self._began)
        self._is_first = False
        if self.is_over:
            self.model.stop_training = True

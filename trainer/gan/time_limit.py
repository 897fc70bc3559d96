"""Ends training after so many seconds of steps."""

import time

import keras
import tensorflow as tf


class TimeLimit(keras.callbacks.Callback):
    """Counts the seconds of steps, and stops after so many.

    Runs of the same seconds compare, whatever their networks cost. Snapshots
    and checkpoints do not count, and of each process not the first step, in
    which the graph is made.

    Args:
        seconds: The count, which the run's checkpoints keep.
        max_seconds: After so many training stops; 0: no limit.
    """

    def __init__(self, seconds: tf.Variable, max_seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._max_seconds = max_seconds
        self._is_first = True
        self._began = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the seconds are spent."""
        return 0 < self._max_seconds <= float(self._seconds.numpy())

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Starts the clock."""
        self._began = time.perf_counter()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Stops the clock, and training where the time is over."""
        if not self._is_first:
            self._seconds.assign_add(time.perf_counter() - self._began)
        self._is_first = False
        if self.is_over:
            self.model.stop_training = True

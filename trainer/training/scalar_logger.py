"""Logging of scalars other than metrics to TensorBoard."""

from collections.abc import Callable

import keras

Gauge = Callable[[], float]


class ScalarLogger(keras.callbacks.Callback):
    """Adds scalars to the epoch logs that later callbacks receive.

    Place it after `JsonlLogger`: measurements such as times differ between
    repetitions of a run, and its history should not.

    Example:
        callbacks = [
            ScalarLogger(input_stall_fraction=lambda: loop.input_stall),
            keras.callbacks.TensorBoard("logs"),
        ]

    Args:
        **gauges: Functions that return the scalars, by name.
    """

    def __init__(self, **gauges: Gauge) -> None:
        super().__init__()
        self._gauges = gauges

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Adds the scalars to the logs.

        Args:
            epoch: Epoch index, from 0.
            logs: Metrics of the epoch by name, updated in place.
        """
        if logs is not None:
            logs.update({name: ask() for name, ask in self._gauges.items()})

"""What TensorBoard shows of an epoch beside its metrics."""

from collections.abc import Callable

import keras

Gauge = Callable[[], float]


class ScalarLogger(keras.callbacks.Callback):
    """Adds numbers to the logs of an epoch, for the callbacks after it.

    What keeps the history comes before: the same run shall have the same.

    Args:
        **gauges: Return the numbers, by name.
    """

    def __init__(self, **gauges: Gauge) -> None:
        super().__init__()
        self._gauges = gauges

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Adds them."""
        if logs is not None:
            logs.update({name: ask() for name, ask in self._gauges.items()})

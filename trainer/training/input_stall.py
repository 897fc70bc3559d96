"""Input stall: the time that training steps wait for data."""

import time
from collections.abc import Iterator
from typing import Any


class InputStallTimer(Iterator[Any]):
    """Iterator over batches that measures the time spent waiting for them.

    Example:
        timer = InputStallTimer(iter(dataset))
        for batch in timer:
            train_step(batch)
        print(f"waited for data {timer.share():.0%} of the time")

    Args:
        batches: Batches of an epoch.
    """

    def __init__(self, batches: Iterator[Any]) -> None:
        self._batches = batches
        self._begin = time.perf_counter()
        self._waited = 0.0

    def __next__(self) -> Any:
        """Returns the next batch."""
        begin = time.perf_counter()
        batch = next(self._batches)
        self._waited += time.perf_counter() - begin
        return batch

    def share(self) -> float:
        """Returns the fraction of the time so far spent waiting, 0 to 1."""
        return self._waited / (time.perf_counter() - self._begin)

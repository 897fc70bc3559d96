"""How long steps wait for data."""

import time
from collections.abc import Iterator
from typing import Any


class InputStallTimer(Iterator[Any]):
    """Batches, and how long they were waited for.

    Args:
        batches: The batches of an epoch.
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
        """Returns the share of the time until now, within 0 and 1."""
        return self._waited / (time.perf_counter() - self._begin)

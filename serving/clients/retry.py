"""Repeats a call that met a busy or restarting server, within a budget."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

import grpc

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
# The server has not begun with these, so that nothing is done twice; any other
# failure would only repeat itself.
_RETRIED = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
)

_Response = TypeVar("_Response")


class Budget:
    """The time of one call, for all tries and the pauses between them.

    Pauses double from try to try, and each is drawn between nothing and its
    limit, so that clients that failed together do not come back together.
    """

    def __init__(self, seconds: float) -> None:
        """Starts the clock.

        Args:
            seconds: How long the call may take.
        """
        self._give_up_at = time.monotonic() + seconds
        self._longest_pause = _FIRST_PAUSE_SECONDS

    def left(self) -> float:
        """Returns the seconds that are left."""
        return self._give_up_at - time.monotonic()

    def pause_after(self, error: grpc.RpcError) -> float:
        """Returns how many seconds to wait before the next try.

        Args:
            error: What the last try met.

        Raises:
            grpc.RpcError: `error`, if there must be no other try.
        """
        pause = random.uniform(0, self._longest_pause)
        if not is_retried(error) or pause >= self.left():
            raise error
        self._longest_pause = min(
            2 * self._longest_pause, _LONGEST_PAUSE_SECONDS
        )
        return pause


def is_retried(error: grpc.RpcError) -> bool:
    """Returns whether a call that failed so may succeed if it is repeated."""
    return error.code() in _RETRIED


def call_within_budget(
    call: Callable[[float], _Response], budget_seconds: float
) -> _Response:
    """Calls until it succeeds, fails for good, or has no time left.

    Args:
        call: Makes one try; takes the seconds that it may last.
        budget_seconds: Seconds for all tries and pauses together.

    Returns:
        What the first successful try returned.

    Raises:
        grpc.RpcError: the failure of the last try.
    """
    budget = Budget(budget_seconds)
    while True:
        try:
            return call(budget.left())
        except grpc.RpcError as error:
            pause = budget.pause_after(error)
        time.sleep(pause)

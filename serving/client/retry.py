"""Repeats a call that met a busy or restarting server, within a budget."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

import grpc

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
# A server that is busy, restarting or out of reach; any other failure would
# only repeat itself. One whose connection was lost may have done the work: no
# harm, as a call changes nothing.
_RETRIED = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
)
# What gRPC says of a message beyond the limit of either end, which it will be
# every time.
_TOO_LARGE = "message larger than max"

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
        self._last: grpc.RpcError | None = None

    def left(self) -> float:
        """Returns the seconds that are left."""
        return self._give_up_at - time.monotonic()

    def pause_after(self, error: grpc.RpcError) -> float:
        """Returns how many seconds to wait before the next try.

        Args:
            error: What the last try met.

        Raises:
            grpc.RpcError: if there must be no other try: `error`, or what the
                try before met if the last only ran out of time.
        """
        if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED and self._last:
            raise self._last from error
        pause = random.uniform(0, self._longest_pause)
        if not is_retried(error) or pause >= self.left():
            raise error
        self._last = error
        self._longest_pause = min(
            2 * self._longest_pause, _LONGEST_PAUSE_SECONDS
        )
        return pause


def is_retried(error: grpc.RpcError) -> bool:
    """Returns whether a call that failed so may succeed if it is repeated."""
    too_large = _TOO_LARGE in (error.details() or "")
    return error.code() in _RETRIED and not too_large


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
        grpc.RpcError: As `Budget.pause_after` does.
    """
    budget = Budget(budget_seconds)
    while True:
        try:
            return call(budget.left())
        except grpc.RpcError as error:
            pause = budget.pause_after(error)
        time.sleep(pause)

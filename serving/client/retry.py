"""Retries with exponential backoff and jitter, within a time budget."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

import grpc

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
# Codes of a busy, restarting or unreachable server; other failures would only
# repeat. A retry after a lost connection is safe, because calls are idempotent.
_RETRIED = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
)
# gRPC's text for a message over the size limit, which no retry can cure.
_TOO_LARGE = "message larger than max"

_Response = TypeVar("_Response")


class Budget:
    """Time budget of one call: all attempts and the pauses between them.

    The maximum pause doubles with each attempt. Each pause is drawn uniformly
    between 0 and the maximum (full jitter), so that clients that failed
    together do not retry together.
    """

    def __init__(self, seconds: float) -> None:
        """Starts the clock.

        Args:
            seconds: Total seconds of the call.
        """
        self._give_up_at = time.monotonic() + seconds
        self._longest_pause = _FIRST_PAUSE_SECONDS
        self._last: grpc.RpcError | None = None

    def left(self) -> float:
        """Returns the remaining seconds."""
        return self._give_up_at - time.monotonic()

    def pause_after(self, error: grpc.RpcError) -> float:
        """Returns the seconds to wait before the next attempt.

        Args:
            error: Error of the last attempt.

        Raises:
            grpc.RpcError: if no attempt may follow: `error`, or the error of
                the attempt before if the last one only ran out of time.
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
    """Returns whether a retry may succeed after this error."""
    too_large = _TOO_LARGE in (error.details() or "")
    return error.code() in _RETRIED and not too_large


def call_within_budget(
    call: Callable[[float], _Response], budget_seconds: float
) -> _Response:
    """Calls until success, a permanent failure or the end of the budget.

    Args:
        call: Function that makes one attempt within the given seconds.
        budget_seconds: Seconds for all attempts and pauses together.

    Returns:
        Result of the first successful attempt.

    Raises:
        grpc.RpcError: if no attempt succeeded; see `Budget.pause_after`.
    """
    budget = Budget(budget_seconds)
    while True:
        try:
            return call(budget.left())
        except grpc.RpcError as error:
            pause = budget.pause_after(error)
        time.sleep(pause)

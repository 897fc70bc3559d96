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


def call_within_budget(
    call: Callable[[float], _Response], budget_seconds: float
) -> _Response:
    """Calls until it succeeds, fails for good, or has no time left.

    Pauses double from try to try, and each is drawn between nothing and its
    limit, so that clients that failed together do not come back together.

    Args:
        call: Makes one try; takes the seconds that it may last.
        budget_seconds: Seconds for all tries and pauses together.

    Returns:
        What the first successful try returned.

    Raises:
        grpc.RpcError: the failure of the last try.
    """
    give_up_at = time.monotonic() + budget_seconds
    longest_pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return call(give_up_at - time.monotonic())
        except grpc.RpcError as error:
            pause = random.uniform(0, longest_pause)
            too_late = time.monotonic() + pause >= give_up_at
            if error.code() not in _RETRIED or too_late:
                raise
        time.sleep(pause)
        longest_pause = min(2 * longest_pause, _LONGEST_PAUSE_SECONDS)

"""Waits for a model to become available on a server."""

import time
from collections.abc import Callable
from collections.abc import Iterable
from typing import NamedTuple

import grpc

from serving.client.errors import ServingError

POLL_SECONDS = 0.2
_LONGEST_CALL_SECONDS = 2.0


class VersionState(NamedTuple):
    """What a server says of one version.

    Attributes:
        version: Its number.
        state: Such as AVAILABLE.
        message: Why it could not be loaded, else "".
    """

    version: int
    state: str
    message: str


class ReadinessDeadline:
    """Judges what a server says of a model, until the time is up.

    An answer alone does not count: TF Serving also answers, without an error,
    for a version that is loading or has failed to load.
    """

    def __init__(self, model: str, target: str, seconds: float) -> None:
        """Starts the clock.

        Args:
            model: What is waited for, for the error.
            target: Where the server listens, for the error.
            seconds: How long to wait.
        """
        self._model = model
        self._target = target
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Returns the seconds that the next call may take."""
        left = max(self._until - time.monotonic(), POLL_SECONDS)
        return min(left, _LONGEST_CALL_SECONDS)

    def is_over(self, why_not: str | grpc.RpcError) -> bool:
        """Returns whether the model is ready.

        Args:
            why_not: Why it is not, "" if it is, or how the call failed.

        Raises:
            ServingError: if it is not and there is no time to ask again; the
                text names the last state.
        """
        if isinstance(why_not, grpc.RpcError):
            asked = f"The status of model '{self._model}'"
            failure = str(ServingError.from_rpc(asked, self._target, why_not))
        else:
            failure = why_not
        if failure and time.monotonic() + POLL_SECONDS >= self._until:
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                f"Model '{self._model}' at {self._target} was not ready within "
                f"{self._seconds:g} s: {failure}",
            )
        return not failure


def wait_until_available(
    ask: Callable[[float], str], wait: ReadinessDeadline
) -> None:
    """Returns as soon as the model is ready.

    Args:
        ask: Asks the server once, within so many seconds, why the model is not
            ready; "" if it is.
        wait: Knows for how long.

    Raises:
        ServingError: if it is not by then; the text names the last state.
    """
    while not wait.is_over(_said(ask, wait.left())):
        time.sleep(POLL_SECONDS)


def _said(ask: Callable[[float], str], seconds: float) -> str | grpc.RpcError:
    try:
        return ask(seconds)
    except grpc.RpcError as error:
        return error


def why_not_available(versions: Iterable[VersionState]) -> str:
    """Returns "" when a version is available, else each version's state.

    Args:
        versions: What a server says of a model.
    """
    states = list(versions)
    if any(one.state == "AVAILABLE" for one in states):
        return ""
    said = "; ".join(
        f"version {one.version} is {one.state} {one.message}".rstrip()
        for one in states
    )
    return said or "it has no version"

"""Waits for a model to become available on a server."""

import time
from collections.abc import Callable
from collections.abc import Sequence
from typing import NamedTuple

import grpc

from serving.errors import ServingError

POLL_SECONDS = 0.2
CALL_SECONDS = 2.0


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


class Wait:
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

    def is_over(self, said: Sequence[VersionState] | grpc.RpcError) -> bool:
        """Returns whether one of the versions is available.

        Args:
            said: What the server answered, or how the call failed.

        Raises:
            ServingError: if none is and there is no time to ask again; the text
                names the last state.
        """
        if isinstance(said, grpc.RpcError):
            asked = f"The status of model '{self._model}'"
            failure = str(ServingError.from_rpc(asked, self._target, said))
        else:
            failure = _why_not_available(said)
        if failure and time.monotonic() + POLL_SECONDS >= self._until:
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                f"Model '{self._model}' at {self._target} was not ready within "
                f"{self._seconds:g} s: {failure}",
            )
        return not failure


def wait_until_available(
    ask: Callable[[], Sequence[VersionState]], wait: Wait
) -> None:
    """Returns as soon as one of the model's versions is available.

    Args:
        ask: Asks the server once, within `CALL_SECONDS`.
        wait: Knows for how long.

    Raises:
        ServingError: if none is by then; the text names the last state.
    """
    while not wait.is_over(_said(ask)):
        time.sleep(POLL_SECONDS)


def _said(
    ask: Callable[[], Sequence[VersionState]],
) -> Sequence[VersionState] | grpc.RpcError:
    try:
        return ask()
    except grpc.RpcError as error:
        return error


def _why_not_available(versions: Sequence[VersionState]) -> str:
    """Returns "" when a version is available, else each version's state."""
    if any(one.state == "AVAILABLE" for one in versions):
        return ""
    return "; ".join(
        f"version {one.version} is {one.state} {one.message}".rstrip()
        for one in versions
    )

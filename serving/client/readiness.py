"""Polls a server until a model is available."""

import time
from collections.abc import Iterable
from typing import NamedTuple

import grpc

from serving.client.errors import ServingError

POLL_SECONDS = 0.2
_LONGEST_CALL_SECONDS = 2.0


class VersionState(NamedTuple):
    """State of one model version, as the server reports it.

    Attributes:
        version: Version number.
        state: Name of the state, such as AVAILABLE.
        message: Reason of a failed load, "" otherwise.
    """

    version: int
    state: str
    message: str


class ReadinessDeadline:
    """Deadline of a readiness check.

    A response alone does not mean ready: TF Serving also answers, without an
    error, for a version that is loading or has failed to load.
    """

    def __init__(self, model: str, target: str, seconds: float) -> None:
        """Starts the clock.

        Args:
            model: Model name for the error message.
            target: Address of the server for the error message.
            seconds: Seconds to wait.
        """
        self._model = model
        self._target = target
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Returns the timeout of the next call in seconds."""
        left = max(self._until - time.monotonic(), POLL_SECONDS)
        return min(left, _LONGEST_CALL_SECONDS)

    def is_over(self, why_not: str | grpc.RpcError) -> bool:
        """Returns whether the model is ready.

        Args:
            why_not: Reason why the model is not ready, "" if it is, or the
                error of the call.

        Raises:
            ServingError: if the model is not ready and there is no time for
                another call; the text names the last state.
        """
        if isinstance(why_not, grpc.RpcError):
            request = f"The status of model '{self._model}'"
            failure = str(ServingError.from_rpc(request, self._target, why_not))
        else:
            failure = why_not
        if failure and time.monotonic() + POLL_SECONDS >= self._until:
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                f"Model '{self._model}' at {self._target} was not ready within "
                f"{self._seconds:g} s: {failure}",
            )
        return not failure


def why_not_available(versions: Iterable[VersionState]) -> str:
    """Returns "" if a version is available, else the state of each version.

    Args:
        versions: States of the model's versions.
    """
    states = list(versions)
    if any(version.state == "AVAILABLE" for version in states):
        return ""
    summary = "; ".join(
        f"version {version} is {state} {message}".rstrip()
        for version, state, message in states
    )
    return summary or "it has no version"

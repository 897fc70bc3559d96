"""Waits for a model to become available on a server."""

import time

import grpc
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import model_service_pb2_grpc

from serving.errors import ServingError

POLL_SECONDS = 0.2
CALL_SECONDS = 2.0
_State = get_model_status_pb2.ModelVersionStatus.State


class Wait:
    """Judges what a server says of a model, until the time is up.

    An answer alone does not count: TF Serving also answers, without an error,
    for a version that is loading or has failed to load.

    Attributes:
        request: What to ask for, again and again.
    """

    def __init__(
        self, model_spec: model_pb2.ModelSpec, target: str, seconds: float
    ) -> None:
        """Starts the clock.

        Args:
            model_spec: The model, and the one version to wait for if it names
                one.
            target: The server's host:port, for the error.
            seconds: How long to wait.
        """
        self.request = get_model_status_pb2.GetModelStatusRequest(
            model_spec=model_spec
        )
        self._target = target
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def is_over(
        self, said: get_model_status_pb2.GetModelStatusResponse | grpc.RpcError
    ) -> bool:
        """Returns whether one of the versions is available.

        Args:
            said: What the server answered, or how the call failed.

        Raises:
            ServingError: if none is and there is no time to ask again; the text
                names the last state.
        """
        name = self.request.model_spec.name
        if isinstance(said, grpc.RpcError):
            asked = f"The status of model '{name}'"
            failure = str(ServingError.from_rpc(asked, self._target, said))
        else:
            failure = _why_not_available(said)
        if failure and time.monotonic() + POLL_SECONDS >= self._until:
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                f"Model '{name}' at {self._target} was not ready within "
                f"{self._seconds:g} s: {failure}",
            )
        return not failure


def wait_until_available(
    stub: model_service_pb2_grpc.ModelServiceStub, wait: Wait
) -> None:
    """Returns as soon as one of the model's versions is available.

    Args:
        stub: The server's ModelService.
        wait: Knows what to ask and for how long.

    Raises:
        ServingError: if none is by then; the text names the last state.
    """
    while not wait.is_over(_ask(stub, wait)):
        time.sleep(POLL_SECONDS)


def _ask(
    stub: model_service_pb2_grpc.ModelServiceStub, wait: Wait
) -> get_model_status_pb2.GetModelStatusResponse | grpc.RpcError:
    try:
        return stub.GetModelStatus(wait.request, timeout=CALL_SECONDS)
    except grpc.RpcError as error:
        return error


def _why_not_available(
    response: get_model_status_pb2.GetModelStatusResponse,
) -> str:
    """Returns "" when a version is available, else each version's state."""
    versions = response.model_version_status
    if any(version.state == _State.AVAILABLE for version in versions):
        return ""
    return "; ".join(
        f"version {version.version} is {_State.Name(version.state)} "
        f"{version.status.error_message}".rstrip()
        for version in versions
    )

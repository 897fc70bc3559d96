"""Waits for a model to become available on a server."""

import time

import grpc
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import model_service_pb2_grpc

from serving.errors import ServingError

_POLL_SECONDS = 0.2
_CALL_SECONDS = 2.0
_State = get_model_status_pb2.ModelVersionStatus.State


def wait_until_available(
    stub: model_service_pb2_grpc.ModelServiceStub,
    model_spec: model_pb2.ModelSpec,
    target: str,
    timeout_seconds: float,
) -> None:
    """Returns as soon as one of the model's versions is available.

    An answer alone does not count: TF Serving also answers, without an error,
    for a version that is loading or has failed to load.

    Args:
        stub: The server's ModelService.
        model_spec: The model, and the one version to wait for if it names one.
        target: The server's host:port, for the error.
        timeout_seconds: Seconds to wait.

    Raises:
        ServingError: if none is by then; the text names the last state.
    """
    request = get_model_status_pb2.GetModelStatusRequest(model_spec=model_spec)
    asked = f"The status of model '{model_spec.name}'"
    wait_until = time.monotonic() + timeout_seconds
    while True:
        try:
            response = stub.GetModelStatus(request, timeout=_CALL_SECONDS)
            failure = _why_not_available(response)
        except grpc.RpcError as error:
            failure = str(ServingError.from_rpc(asked, target, error))
        if not failure:
            return
        if time.monotonic() + _POLL_SECONDS >= wait_until:
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                f"Model '{model_spec.name}' at {target} was not ready within "
                f"{timeout_seconds:g} s: {failure}",
            )
        time.sleep(_POLL_SECONDS)


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

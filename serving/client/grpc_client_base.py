"""Base of the gRPC clients: request encoding and response decoding."""

from typing import Any
from typing import ClassVar

import grpc

from serving.client.client_base import ClientBase
from serving.client.grpc_channel import open_channel
from serving.client.predict_request import PredictCall
from serving.client.predict_request import Result
from serving.client.predict_stub import PredictStub
from serving.client.readiness import VersionState
from serving.client.readiness import why_not_available
from serving.client.tensors import read_tensor
from serving.client.tensors import write_tensor
from serving.client.tf_serving_pb2 import GetModelMetadataRequest
from serving.client.tf_serving_pb2 import GetModelStatusRequest
from serving.client.tf_serving_pb2 import GetModelStatusResponse
from serving.client.tf_serving_pb2 import ModelSpec
from serving.client.tf_serving_pb2 import ModelVersionStatus
from serving.client.tf_serving_pb2 import PredictRequest

_STATES = {number: name for name, number in ModelVersionStatus.State.items()}


class GrpcClientBase(ClientBase):
    """Builds gRPC requests and leaves sending to the subclasses."""

    _api: ClassVar[Any] = grpc
    """`grpc` for blocking calls, `grpc.aio` for awaitable ones."""

    def __init__(
        self,
        target: str,
        model: str | None = None,
        *,
        version: int | None = None,
        version_label: str | None = None,
        deadline_seconds: float | None = None,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        """Opens a channel without sending anything.

        Args:
            target: Address of the gRPC service, host:port.
            model: Model name on the server; `MODEL` if None.
            version: Model version; the newest if None.
            version_label: Version label instead of a version, such as "canary".
            deadline_seconds: Seconds for a call, retries included;
                `DEADLINE_SECONDS` if None.
            credentials: TLS credentials, see `serving.ops.tls`; the channel is
                not encrypted if None.

        Raises:
            ValueError: if both a version and a label are given, the deadline is
                not positive, or the target is not host:port.
        """
        super().__init__(
            target, model, version, version_label, deadline_seconds
        )
        self._channel = open_channel(self._api, target, credentials)
        self._stub = PredictStub(self._channel)

    def _model_spec(self) -> Any:
        spec = ModelSpec(name=self._model, version_label=self._version_label)
        if self._version is not None:
            spec.version.value = self._version
        return spec

    def _request(self, call: PredictCall[Any]) -> Any:
        """Returns a `PredictRequest` without an output filter."""
        request = PredictRequest(model_spec=self._model_spec())
        request.model_spec.signature_name = call.signature.name
        for name, values in call.inputs.items():
            request.inputs[name].CopyFrom(write_tensor(values))
        return request

    def _readiness(self) -> tuple[Any, Any]:
        """Returns the RPC method of the readiness check and its request.

        GetModelStatus ignores version labels. GetModelMetadata resolves a label
        and fails until its version is available, with a less precise reason.
        """
        if self._version_label is None:
            return self._stub.GetModelStatus, GetModelStatusRequest(
                model_spec=self._model_spec()
            )
        return self._stub.GetModelMetadata, GetModelMetadataRequest(
            model_spec=self._model_spec(), metadata_field=["signature_def"]
        )


def read_response(call: PredictCall[Result], response: Any) -> Result:
    """Decodes the response of a Predict call.

    Args:
        call: Call that was sent.
        response: `PredictResponse` of the server.

    Returns:
        Typed result of the call.

    Raises:
        CallError: if a row was rejected, or the response cannot be read.
    """
    version = response.model_spec.version.value
    return call.decode(response.outputs, read_tensor, version)


def why_not_ready(response: Any) -> str:
    """Returns the reason why the model is not ready, "" if it is.

    Args:
        response: Response of the method that `_readiness` returned.
    """
    if not isinstance(response, GetModelStatusResponse):
        return ""
    return why_not_available(
        VersionState(
            status.version,
            _STATES.get(status.state, str(status.state)),
            status.status.error_message,
        )
        for status in response.model_version_status
    )

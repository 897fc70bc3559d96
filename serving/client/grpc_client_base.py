"""What the clients over gRPC share: the requests and answers on the wire."""

from typing import Any

from serving.client.api_protos import STATES
from serving.client.api_protos import GetModelMetadataRequest
from serving.client.api_protos import GetModelStatusRequest
from serving.client.api_protos import GetModelStatusResponse
from serving.client.api_protos import ModelSpec
from serving.client.api_protos import PredictRequest
from serving.client.client_base import ClientBase
from serving.client.grpc_options import MESSAGE_SIZE_OPTIONS
from serving.client.predict_request import Found
from serving.client.predict_request import PredictCall
from serving.client.predict_stub import PredictStub
from serving.client.readiness import VersionState
from serving.client.readiness import why_not_available
from serving.client.tensors import read_tensor
from serving.client.tensors import write_tensor

CHANNEL_OPTIONS = (
    *MESSAGE_SIZE_OPTIONS,
    # `retry` is the only one to retry, and a server that comes back is found
    # within a second instead of gRPC's two minutes.
    ("grpc.enable_retries", 0),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # A connection that a router forgot swallows what is sent. One that rests is
    # closed before that; one that does not answer pings in the middle of a call
    # is given up, with time left to ask again. gRPC sends two of them at most
    # without data, which servers bear.
    ("grpc.client_idle_timeout_ms", 60_000),
    ("grpc.keepalive_time_ms", 1_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.http2.ping_timeout_ms", 2_000),
    # Where a name stands for several servers (dns:///NAME:PORT), all of them.
    ("grpc.lb_policy_name", "round_robin"),
)


class GrpcClientBase(ClientBase):
    """Knows what calls look like; sends nothing itself."""

    _stub: PredictStub

    def _model_spec(self) -> Any:
        spec = ModelSpec(name=self._model, version_label=self._version_label)
        if self._version is not None:
            spec.version.value = self._version
        return spec

    def _request(self, question: PredictCall[Any]) -> Any:
        """Returns a `PredictRequest` for all outputs that there are."""
        request = PredictRequest(model_spec=self._model_spec())
        request.model_spec.signature_name = question.signature
        for name, values in question.inputs.items():
            request.inputs.add(key=name, value=write_tensor(values))
        return request

    def _readiness(self) -> tuple[Any, Any]:
        """Returns the method that says if the model is ready, and its request.

        GetModelStatus takes no notice of a label. GetModelMetadata looks it up,
        and fails until its version is available, but says less about why.
        """
        if self._version_label is None:
            return self._stub.GetModelStatus, GetModelStatusRequest(
                model_spec=self._model_spec()
            )
        return self._stub.GetModelMetadata, GetModelMetadataRequest(
            model_spec=self._model_spec(), metadata_field=["signature_def"]
        )


def found_in(question: PredictCall[Found], response: Any) -> Found:
    """Reads the answer to a question.

    Args:
        question: What was asked.
        response: A `PredictResponse`.

    Raises:
        CallError: As `PredictCall.found` does.
    """
    outputs = {one.key: one.value for one in response.outputs}
    version = response.model_spec.version.value
    return question.found(outputs, read_tensor, version)


def why_not_ready(response: Any) -> str:
    """Returns why the model is not ready, "" if it is.

    Args:
        response: What the method of `_readiness` answered.
    """
    if not isinstance(response, GetModelStatusResponse):
        return ""
    return why_not_available(
        VersionState(
            one.version,
            STATES.get(one.state, str(one.state)),
            one.status.error_message,
        )
        for one in response.model_version_status
    )

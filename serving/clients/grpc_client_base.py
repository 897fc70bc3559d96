"""What the clients over gRPC share: the requests and answers on the wire."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import predict_pb2

from serving.clients.client_base import ClientBase
from serving.clients.question import Found
from serving.clients.question import Question
from serving.clients.readiness import VersionState
from serving.grpc_options import MESSAGE_SIZE_OPTIONS

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

    def _model_spec(self) -> model_pb2.ModelSpec:
        spec = model_pb2.ModelSpec(
            name=self._model, version_label=self._version_label
        )
        if self._version is not None:
            spec.version.value = self._version
        return spec

    def _request(self, question: Question[Any]) -> predict_pb2.PredictRequest:
        request = predict_pb2.PredictRequest(
            model_spec=self._model_spec(), output_filter=question.outputs
        )
        request.model_spec.signature_name = question.signature
        for name, values in question.inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
        return request

    def _read(
        self,
        question: Question[Found],
        response: predict_pb2.PredictResponse,
    ) -> Found:
        outputs = {
            name: tf.make_ndarray(response.outputs[name])
            for name in question.outputs
        }
        return question.read(outputs, response.model_spec.version.value)

    def _status_request(self) -> get_model_status_pb2.GetModelStatusRequest:
        return get_model_status_pb2.GetModelStatusRequest(
            model_spec=self._model_spec()
        )


def states_of(
    response: get_model_status_pb2.GetModelStatusResponse,
) -> Sequence[VersionState]:
    """Returns the state of each version."""
    return [
        VersionState(
            one.version,
            get_model_status_pb2.ModelVersionStatus.State.Name(one.state),
            one.status.error_message,
        )
        for one in response.model_version_status
    ]

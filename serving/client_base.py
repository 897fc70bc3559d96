"""What clients of every kind share: whom they ask, requests and answers."""

from typing import Any
from typing import ClassVar

import grpc
import tensorflow as tf
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import predict_pb2

from serving.errors import ServingError
from serving.grpc_options import MESSAGE_SIZE_OPTIONS
from serving.question import Found
from serving.question import Question

CHANNEL_OPTIONS = (
    *MESSAGE_SIZE_OPTIONS,
    # `serving.retry` is the only one to retry, and a server that comes back is
    # found within a second instead of gRPC's two minutes.
    ("grpc.enable_retries", 0),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # Where a name stands for several servers (dns:///NAME:PORT), all of them.
    ("grpc.lb_policy_name", "round_robin"),
)


class ClientBase:
    """Knows whom to ask and what calls look like; sends nothing itself.

    Attributes:
        MODEL: The model's name on the server, unless told otherwise.
        DEADLINE_SECONDS: Seconds for a call, unless told otherwise.
    """

    MODEL: ClassVar[str]
    DEADLINE_SECONDS: ClassVar[float]

    def __init__(
        self,
        target: str,
        model: str | None,
        version: int | None,
        version_label: str | None,
        deadline_seconds: float | None,
    ) -> None:
        """Keeps whom to ask.

        Args:
            target: host:port of the gRPC service.
            model: The model's name on that server, if not `MODEL`.
            version: The version to ask, if not the newest.
            version_label: The label to ask instead, such as "canary".
            deadline_seconds: Seconds that a call may take, repeats included,
                if not `DEADLINE_SECONDS`.

        Raises:
            ValueError: if both a version and a label are given, or the
                deadline is not positive.
        """
        if version is not None and version_label is not None:
            raise ValueError(
                f"Give a version or a version_label, not both; received "
                f"{version} and '{version_label}'."
            )
        if deadline_seconds is None:
            deadline_seconds = self.DEADLINE_SECONDS
        if not deadline_seconds > 0:
            raise ValueError(
                f"deadline_seconds must be positive; received "
                f"{deadline_seconds}."
            )
        self._target = target
        self._model_spec = model_pb2.ModelSpec(
            name=model or self.MODEL, version_label=version_label
        )
        if version is not None:
            self._model_spec.version.value = version
        self._deadline_seconds = deadline_seconds

    def _request(self, question: Question[Any]) -> predict_pb2.PredictRequest:
        request = predict_pb2.PredictRequest(
            model_spec=self._model_spec, output_filter=question.outputs
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

    def _failure(
        self, question: Question[Any], error: grpc.RpcError
    ) -> ServingError:
        asked = f"{question.signature} of model '{self._model_spec.name}'"
        return ServingError.from_rpc(asked, self._target, error)

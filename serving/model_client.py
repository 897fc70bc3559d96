"""What the clients of all models share: one channel, deadline, retries."""

from collections.abc import Mapping
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from typing import ClassVar
from typing import Self

import grpc
import numpy.typing as npt
import tensorflow as tf
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.errors import ServingError
from serving.grpc_options import MESSAGE_SIZE_OPTIONS
from serving.readiness import wait_until_available
from serving.retry import call_within_budget

_CHANNEL_OPTIONS = (
    *MESSAGE_SIZE_OPTIONS,
    # `call_within_budget` is the only one to retry, and a server that comes
    # back is found within a second instead of gRPC's two minutes.
    ("grpc.enable_retries", 0),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # Where a name stands for several servers (dns:///NAME:PORT), all of them.
    ("grpc.lb_policy_name", "round_robin"),
)


class ModelClient:
    """Asks one model of one server; safe to share between threads.

    Every method of a subclass takes a batch of B rows, makes one call within
    the deadline (a call that meets a busy or absent server is repeated until
    then), and raises `ServingError` if the call fails, or `ValueError` if the
    request makes no sense. A batch is never split, so that all its rows come
    from one version; TF Serving splits what is too large for its own batches.

    Attributes:
        MODEL: The model's name on the server, unless told otherwise.
        DEADLINE_SECONDS: Seconds for a call, unless told otherwise.
    """

    MODEL: ClassVar[str]
    DEADLINE_SECONDS: ClassVar[float]

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
        """Opens one channel; nothing is sent yet.

        Args:
            target: host:port of the gRPC service.
            model: The model's name on that server, if not `MODEL`.
            version: The version to ask, if not the newest.
            version_label: The label to ask instead, such as "canary".
            deadline_seconds: Seconds that a call may take, repeats included,
                if not `DEADLINE_SECONDS`.
            credentials: Encrypts the channel; see `serving.tls`. Without them
                it is not encrypted.

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
        self._channel = (
            grpc.secure_channel(target, credentials, _CHANNEL_OPTIONS)
            if credentials
            else grpc.insecure_channel(target, _CHANNEL_OPTIONS)
        )
        self._prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )
        self._status = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the channel."""
        self.close()

    def close(self) -> None:
        """Closes the channel; the client cannot be used after it."""
        self._channel.close()

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Waits until the version to ask (or any, if none is set) is available.

        Args:
            timeout_seconds: Seconds to wait.

        Raises:
            ServingError: if it is not by then; the text names the last state.
        """
        wait_until_available(
            self._status, self._model_spec, self._target, timeout_seconds
        )

    def _predict(
        self,
        signature: str,
        inputs: Mapping[str, npt.ArrayLike],
        outputs: Sequence[str],
    ) -> tuple[dict[str, npt.NDArray[Any]], int]:
        """Makes one call.

        Args:
            signature: What to run.
            inputs: The columns by name; numbers must have their dtype.
            outputs: Names of the outputs wanted.

        Returns:
            The outputs by name, and the version of the model that answered.
        """
        request = predict_pb2.PredictRequest(
            model_spec=self._model_spec, output_filter=outputs
        )
        request.model_spec.signature_name = signature
        for name, values in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
        try:
            response = call_within_budget(
                lambda seconds: self._prediction.Predict(
                    request, timeout=seconds
                ),
                self._deadline_seconds,
            )
        except grpc.RpcError as error:
            asked = f"{signature} of model '{self._model_spec.name}'"
            raise ServingError.from_rpc(asked, self._target, error) from error
        return (
            {name: tf.make_ndarray(response.outputs[name]) for name in outputs},
            response.model_spec.version.value,
        )

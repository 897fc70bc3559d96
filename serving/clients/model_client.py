"""What the clients of all models share: one channel, deadline, retries."""

import grpc
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.clients.calls import Calls
from serving.clients.grpc_client_base import CHANNEL_OPTIONS
from serving.clients.grpc_client_base import GrpcClientBase
from serving.clients.grpc_client_base import states_of
from serving.clients.question import Found
from serving.clients.question import Question
from serving.clients.readiness import CALL_SECONDS
from serving.clients.readiness import Wait
from serving.clients.readiness import wait_until_available
from serving.clients.retry import call_within_budget


class ModelClient(Calls, GrpcClientBase):
    """Asks one model of one server; safe to share between threads."""

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
            model: As `ClientBase` takes it, like the next three.
            version: As above.
            version_label: As above.
            deadline_seconds: As above.
            credentials: Encrypts the channel; see `serving.tls`. Without them
                it is not encrypted.

        Raises:
            ValueError: As `ClientBase` does.
        """
        super().__init__(
            target, model, version, version_label, deadline_seconds
        )
        self._channel = (
            grpc.secure_channel(target, credentials, CHANNEL_OPTIONS)
            if credentials
            else grpc.insecure_channel(target, CHANNEL_OPTIONS)
        )
        self._prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )
        self._status = model_service_pb2_grpc.ModelServiceStub(self._channel)

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
        request = self._status_request()
        wait_until_available(
            lambda: states_of(
                self._status.GetModelStatus(request, timeout=CALL_SECONDS)
            ),
            Wait(self._model, self._target, timeout_seconds),
        )

    def _ask(self, question: Question[Found]) -> Found:
        request = self._request(question)
        try:
            response = call_within_budget(
                lambda seconds: self._prediction.Predict(
                    request, timeout=seconds
                ),
                self._deadline_seconds,
            )
        except grpc.RpcError as error:
            raise self._failure(question, error) from error
        return self._read(question, response)

"""What the clients of all models share: one channel, deadline, retries."""

import grpc

from serving.client.grpc_client_base import CHANNEL_OPTIONS
from serving.client.grpc_client_base import GrpcClientBase
from serving.client.grpc_client_base import found_in
from serving.client.grpc_client_base import why_not_ready
from serving.client.predict_request import Found
from serving.client.predict_request import PredictCall
from serving.client.predict_stub import PredictStub
from serving.client.readiness import ReadinessDeadline
from serving.client.readiness import wait_until_available
from serving.client.retry import call_within_budget
from serving.client.sync_client import SyncClient


class ModelClient(SyncClient, GrpcClientBase):
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
            credentials: Encrypts the channel; see `serving.ops.tls`. Without
                them it is not encrypted.

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
        self._stub = PredictStub(self._channel)

    def close(self) -> None:
        """Closes the channel; the client cannot be used after it."""
        self._channel.close()

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Waits until the version to ask (or any, if none is set) is available.

        Args:
            timeout_seconds: Seconds to wait; the server is asked once at least.

        Raises:
            ServingError: if it is not by then; the text names the last state.
        """
        method, request = self._readiness()
        wait_until_available(
            lambda seconds: why_not_ready(method(request, timeout=seconds)),
            ReadinessDeadline(self._model, self._target, timeout_seconds),
        )

    def _ask(self, question: PredictCall[Found]) -> Found:
        request = self._request(question)
        try:
            response = call_within_budget(
                lambda seconds: self._stub.Predict(request, timeout=seconds),
                self._deadline_seconds,
            )
            return found_in(question, response)
        except grpc.RpcError as error:
            raise self._failure(question, error) from error

"""Base of the blocking gRPC clients: channel, deadline and retries."""

import grpc

from serving.client.grpc_channel import open_channel
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
    """Blocking gRPC client of one model on one server; thread-safe."""

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
        self._channel = open_channel(grpc, target, credentials)
        self._stub = PredictStub(self._channel)

    def close(self) -> None:
        """Closes the channel; the client cannot be used afterwards."""
        self._channel.close()

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Waits until the client's version is available; any if none is set.

        Args:
            timeout_seconds: Seconds to wait; the server is polled at least
                once.

        Raises:
            ServingError: if the model is not available in time; the text names
                the last state.
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

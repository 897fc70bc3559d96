"""What the clients of all models share: one channel, deadline, retries."""

from types import TracebackType
from typing import Self

import grpc
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.client_base import CHANNEL_OPTIONS
from serving.client_base import ClientBase
from serving.question import Found
from serving.question import Question
from serving.readiness import Wait
from serving.readiness import wait_until_available
from serving.retry import call_within_budget


class ModelClient(ClientBase):
    """Asks one model of one server; safe to share between threads.

    Every method of a subclass takes a batch of B rows, makes one call within
    the deadline (a call that meets a busy or absent server is repeated until
    then), and raises `ServingError` if the call fails, or `ValueError` if the
    request makes no sense. A batch is never split, so that all its rows come
    from one version; TF Serving splits what is too large for its own batches.
    """

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
            target: As `ClientBase` takes it, like all but the last.
            model: As above.
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
        wait = Wait(self._model_spec, self._target, timeout_seconds)
        wait_until_available(self._status, wait)

    def _ask(self, question: Question[Found]) -> Found:
        """Makes one call.

        Raises:
            ServingError: if it fails.
        """
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

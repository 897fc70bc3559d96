"""`serving.client.model_client` for asyncio."""

import asyncio
from types import TracebackType
from typing import Any
from typing import Self

import grpc

from serving.client.aio_retry import call_within_budget
from serving.client.grpc_client_base import CHANNEL_OPTIONS
from serving.client.grpc_client_base import GrpcClientBase
from serving.client.grpc_client_base import found_in
from serving.client.grpc_client_base import why_not_ready
from serving.client.local_rpc_error import CallError
from serving.client.predict_request import Found
from serving.client.predict_request import PredictCall
from serving.client.predict_stub import PredictStub
from serving.client.readiness import POLL_SECONDS
from serving.client.readiness import ReadinessDeadline


class AsyncModelClient(GrpcClientBase):
    """Asks one model of one server, any number of calls at a time.

    Its methods promise what `SyncClient` does. A call that is cancelled
    is cancelled on the server too. Make it, and use it, inside one event loop.
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
        hedge_after_seconds: float | None = None,
    ) -> None:
        """Opens one channel; nothing is sent yet.

        Args:
            target: As `ModelClient` takes it, like all but the last.
            model: As above.
            version: As above.
            version_label: As above.
            deadline_seconds: As above.
            credentials: As above.
            hedge_after_seconds: How long a try may take before a second one is
                made beside it, at most one a call and within its deadline; the
                first answer counts. About the 95th percentile of latency cuts
                the slowest calls for 5 % more load. None for never.

        Raises:
            ValueError: As `ClientBase` does, or if `hedge_after_seconds` is
                negative.
        """
        super().__init__(
            target, model, version, version_label, deadline_seconds
        )
        if hedge_after_seconds is not None and not hedge_after_seconds >= 0:
            raise ValueError(
                f"hedge_after_seconds must not be negative; received "
                f"{hedge_after_seconds}."
            )
        self._hedge_after_seconds = hedge_after_seconds
        self._channel = (
            grpc.aio.secure_channel(target, credentials, CHANNEL_OPTIONS)
            if credentials
            else grpc.aio.insecure_channel(target, CHANNEL_OPTIONS)
        )
        self._stub = PredictStub(self._channel)

    async def __aenter__(self) -> Self:
        """Returns itself."""
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the channel."""
        await self.close()

    async def close(self) -> None:
        """Closes the channel; the client cannot be used after it."""
        await self._channel.close()

    async def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Waits as `ModelClient.wait_until_ready` does."""
        wait = ReadinessDeadline(self._model, self._target, timeout_seconds)
        while not wait.is_over(await self._why_not_ready(wait.left())):
            await asyncio.sleep(POLL_SECONDS)

    async def _why_not_ready(self, seconds: float) -> str | grpc.RpcError:
        method, request = self._readiness()
        try:
            return why_not_ready(await _call(method, request, seconds))
        except grpc.RpcError as error:
            return error

    async def _ask(self, question: PredictCall[Found]) -> Found:
        """Makes one call.

        Raises:
            ServingError: if it fails.
        """
        request = self._request(question)
        try:
            response = await call_within_budget(
                lambda seconds: _call(self._stub.Predict, request, seconds),
                self._deadline_seconds,
                self._hedge_after_seconds,
            )
            return found_in(question, response)
        except grpc.RpcError as error:
            raise self._failure(question, error) from error


async def _call(method: Any, request: Any, seconds: float) -> Any:
    """Makes one try.

    Raises:
        grpc.RpcError: if it fails, or the client is closed meanwhile.
    """
    try:
        return await method(request, timeout=seconds)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # Nobody cancelled us: closing the channel cancels its calls.
        raise CallError(
            grpc.StatusCode.CANCELLED, "The client was closed"
        ) from None

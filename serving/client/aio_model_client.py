"""Base of the asyncio gRPC clients: channel, deadline, retries, hedging."""

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from typing import Concatenate
from typing import ParamSpec
from typing import Self

import grpc

from serving.client.aio_retry import call_within_budget
from serving.client.api_method import describe_method
from serving.client.grpc_client_base import GrpcClientBase
from serving.client.grpc_client_base import read_response
from serving.client.grpc_client_base import why_not_ready
from serving.client.local_rpc_error import CallError
from serving.client.predict_request import Outputs
from serving.client.predict_request import PredictCall
from serving.client.predict_request import Result
from serving.client.predict_request import predict_call
from serving.client.readiness import POLL_SECONDS
from serving.client.readiness import ReadinessDeadline

_P = ParamSpec("_P")


class AsyncModelClient(GrpcClientBase):
    """Asyncio gRPC client of one model on one server.

    Any number of calls may run concurrently, with the guarantees of
    `SyncClient`. Cancelling a call cancels it on the server too. Create and use
    the client inside one event loop.
    """

    _api = grpc.aio

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
            hedge_after_seconds: Seconds after which a second, concurrent
                attempt is sent, at most one per call and within the deadline;
                the first response is used. The 95th percentile of the latency
                shortens the slowest calls at 5 % more load. No hedging if None.

        Raises:
            ValueError: if both a version and a label are given, the deadline is
                not positive, `hedge_after_seconds` is negative, or the target
                is not host:port.
        """
        if hedge_after_seconds is not None and not hedge_after_seconds >= 0:
            raise ValueError(
                f"hedge_after_seconds must not be negative; received "
                f"{hedge_after_seconds}."
            )
        self._hedge_after_seconds = hedge_after_seconds
        super().__init__(
            target,
            model,
            version=version,
            version_label=version_label,
            deadline_seconds=deadline_seconds,
            credentials=credentials,
        )

    async def __aenter__(self) -> Self:
        """Returns the client."""
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
        """Closes the channel; the client cannot be used afterwards."""
        await self._channel.close()

    async def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Waits until the client's version is available; any if none is set.

        Args:
            timeout_seconds: Seconds to wait; the server is polled at least
                once.

        Raises:
            ServingError: if the model is not available in time; the text names
                the last state.
        """
        wait = ReadinessDeadline(self._model, self._target, timeout_seconds)
        while not wait.is_over(await self._why_not_ready(wait.left())):
            await asyncio.sleep(POLL_SECONDS)

    async def _why_not_ready(self, seconds: float) -> str | grpc.RpcError:
        method, request = self._readiness()
        try:
            return why_not_ready(await _attempt(method, request, seconds))
        except grpc.RpcError as error:
            return error

    async def predict(
        self, signature: str, **arguments: Sequence[Any]
    ) -> Outputs:
        """Calls a signature by its name; see `SyncClient.predict`."""
        return await self._send(
            predict_call(
                self.MODEL, signature, lambda outputs, _: outputs, **arguments
            )
        )

    async def _send(self, call: PredictCall[Result]) -> Result:
        """Sends one call.

        Raises:
            ServingError: if the call fails.
        """
        request = self._request(call)
        try:
            response = await call_within_budget(
                lambda seconds: _attempt(self._stub.Predict, request, seconds),
                self._deadline_seconds,
                self._hedge_after_seconds,
            )
            return read_response(call, response)
        except grpc.RpcError as error:
            raise self._failure(call, error) from error


def awaitable(
    build: Callable[_P, PredictCall[Result]],
) -> Callable[Concatenate[AsyncModelClient, _P], Coroutine[Any, Any, Result]]:
    """Returns a coroutine method that sends the call which a function builds.

    Args:
        build: Function that returns the call.
    """

    async def send(
        client: AsyncModelClient, /, *args: _P.args, **kwargs: _P.kwargs
    ) -> Result:
        return await client._send(build(*args, **kwargs))

    return describe_method(send, build)


async def _attempt(method: Any, request: Any, seconds: float) -> Any:
    """Sends one attempt of a call.

    Raises:
        grpc.RpcError: if the attempt fails, or the client is closed meanwhile.
    """
    try:
        return await method(request, timeout=seconds)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # The task was not cancelled: closing the channel cancels its calls.
        raise CallError(
            grpc.StatusCode.CANCELLED, "The client was closed"
        ) from None

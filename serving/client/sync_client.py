"""Interface of the blocking clients, for gRPC and REST."""

import abc
import time
from collections.abc import Callable
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from typing import Concatenate
from typing import ParamSpec
from typing import Self

import grpc

from serving.client.api_method import describe_method
from serving.client.client_base import ClientBase
from serving.client.predict_request import Outputs
from serving.client.predict_request import PredictCall
from serving.client.predict_request import Result
from serving.client.predict_request import predict_call
from serving.client.readiness import POLL_SECONDS
from serving.client.readiness import ReadinessDeadline

_P = ParamSpec("_P")


class SyncClient(ClientBase, abc.ABC):
    """Blocking client of one model.

    Every method of a subclass takes a batch of rows and makes one call. A call
    to a busy or unreachable server is retried until the deadline. A method
    raises `ServingError` if the call fails, or `ValueError` if an argument is
    invalid. The client never splits a batch, so that all rows are answered by
    one version; TF Serving splits batches over its own size limit.
    """

    def __enter__(self) -> Self:
        """Returns the client."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the connections."""
        self.close()

    @abc.abstractmethod
    def close(self) -> None:
        """Closes the connections; the client cannot be used afterwards."""

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Waits until the client's version is available; any if none is set.

        Args:
            timeout_seconds: Seconds to wait; the server is polled at least
                once.

        Raises:
            ServingError: if the model is not available in time; the text names
                the last state.
        """
        wait = ReadinessDeadline(self._model, self._target, timeout_seconds)
        while True:
            state: str | grpc.RpcError
            try:
                state = self._why_not_ready(wait.left())
            except grpc.RpcError as error:
                state = error
            if wait.is_over(state):
                return
            time.sleep(POLL_SECONDS)

    def predict(self, signature: str, **arguments: Sequence[Any]) -> Outputs:
        """Calls a signature by its name.

        Args:
            signature: Name in `atelier.schema.signatures`.
            **arguments: Rows of each input, by the name of its argument.

        Returns:
            Outputs by name, [batch, ...]; text is UTF-8.
        """
        return self._send(
            predict_call(
                self.MODEL, signature, lambda outputs, _: outputs, **arguments
            )
        )

    @abc.abstractmethod
    def _why_not_ready(self, seconds: float) -> str:
        """Polls the server once.

        Args:
            seconds: Timeout of the call.

        Returns:
            Reason why the model is not ready, "" if it is.

        Raises:
            grpc.RpcError: if the call fails.
        """

    @abc.abstractmethod
    def _send(self, call: PredictCall[Result]) -> Result:
        """Sends one call.

        Raises:
            ServingError: if the call fails.
        """


def blocking(
    build: Callable[_P, PredictCall[Result]],
) -> Callable[Concatenate[SyncClient, _P], Result]:
    """Returns a method that sends the call which a function builds.

    Args:
        build: Function that returns the call.
    """

    def send(
        client: SyncClient, /, *args: _P.args, **kwargs: _P.kwargs
    ) -> Result:
        return client._send(build(*args, **kwargs))

    return describe_method(send, build)

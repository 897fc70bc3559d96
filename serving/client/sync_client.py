"""Interface of the blocking clients, for gRPC and REST."""

import abc
from collections.abc import Callable
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from typing import ClassVar
from typing import Concatenate
from typing import ParamSpec
from typing import Self

from serving.client.api_method import describe_method
from serving.client.predict_request import Found
from serving.client.predict_request import Outputs
from serving.client.predict_request import PredictCall
from serving.client.predict_request import predict_call

_P = ParamSpec("_P")


class SyncClient(abc.ABC):
    """Blocking client of one model.

    Every method of a subclass takes a batch of rows and makes one call. A call
    to a busy or unreachable server is retried until the deadline. A method
    raises `ServingError` if the call fails, or `ValueError` if an argument is
    invalid. The client never splits a batch, so that all rows are answered by
    one version; TF Serving splits batches over its own size limit.

    Attributes:
        MODEL: Default model name.
        DEADLINE_SECONDS: Default deadline of a call in seconds.
    """

    MODEL: ClassVar[str]
    DEADLINE_SECONDS: ClassVar[float]

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

    def predict(self, signature: str, **arguments: Sequence[Any]) -> Outputs:
        """Calls a signature by its name.

        Args:
            signature: Name in `atelier.schema.signatures`.
            **arguments: Rows of each input, by the name of its argument.

        Returns:
            Outputs by name, [batch, ...]; text is UTF-8.
        """
        return self._ask(
            predict_call(
                self.MODEL, signature, lambda outputs, _: outputs, **arguments
            )
        )

    @abc.abstractmethod
    def _ask(self, question: PredictCall[Found]) -> Found:
        """Sends one call.

        Raises:
            ServingError: if the call fails.
        """


def blocking(
    build: Callable[_P, PredictCall[Found]],
) -> Callable[Concatenate[SyncClient, _P], Found]:
    """Returns a method that sends the call which a function builds.

    Args:
        build: Function that returns the call.
    """

    def send(
        client: SyncClient, /, *args: _P.args, **kwargs: _P.kwargs
    ) -> Found:
        return client._ask(build(*args, **kwargs))

    return describe_method(send, build)

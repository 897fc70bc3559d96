"""Interface of the blocking clients, for gRPC and REST."""

import abc
from types import TracebackType
from typing import Self

from serving.client.predict_request import Found
from serving.client.predict_request import PredictCall


class SyncClient(abc.ABC):
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

    @abc.abstractmethod
    def _ask(self, question: PredictCall[Found]) -> Found:
        """Sends one call.

        Raises:
            ServingError: if the call fails.
        """

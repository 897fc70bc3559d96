"""Clients that wait for their answers, whatever carries them."""

import abc
from types import TracebackType
from typing import Self

from serving.client.predict_request import Found
from serving.client.predict_request import PredictCall


class SyncClient(abc.ABC):
    """Asks questions of one model.

    Every method of a subclass takes a batch of B rows, makes one call within
    the deadline (a call that meets a busy or absent server is repeated until
    then), and raises `ServingError` if the call fails, or `ValueError` if the
    request makes no sense. A batch is never split, so that all its rows come
    from one version; TF Serving splits what is too large for its own batches.
    """

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes what carries the calls."""
        self.close()

    @abc.abstractmethod
    def close(self) -> None:
        """Closes what carries the calls; the client cannot be used after it."""

    @abc.abstractmethod
    def _ask(self, question: PredictCall[Found]) -> Found:
        """Makes one call.

        Raises:
            ServingError: if it fails.
        """

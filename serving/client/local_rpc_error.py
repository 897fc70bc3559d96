"""A call that failed on this side of the wire, as gRPC would tell it."""

import contextlib
from collections.abc import Iterator

import grpc


class CallError(grpc.RpcError):
    """Has a code and details, as the errors of gRPC's own have."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        """Keeps what went wrong.

        Args:
            code: The gRPC code.
            details: What happened, for a person.
        """
        super().__init__(details)
        self._code, self._details = code, details

    def code(self) -> grpc.StatusCode:
        """Returns the code."""
        return self._code

    def details(self) -> str:
        """Returns what happened."""
        return self._details


@contextlib.contextmanager
def reading_answer() -> Iterator[None]:
    """Makes a call that failed of any error while its answer is read.

    Raises:
        CallError: with INTERNAL.
    """
    try:
        yield
    except Exception as error:  # There is no end to how it can be wrong.
        raise CallError(
            grpc.StatusCode.INTERNAL, f"The answer cannot be read: {error!r}"
        ) from error

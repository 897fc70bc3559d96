"""RPC errors raised by the client itself, in the form of gRPC's errors."""

import contextlib
from collections.abc import Iterator

import grpc


class CallError(grpc.RpcError):
    """`grpc.RpcError` with a status code and details."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        """Stores the status code and the details.

        Args:
            code: gRPC status code.
            details: Human-readable description.
        """
        super().__init__(details)
        self._code, self._details = code, details

    def code(self) -> grpc.StatusCode:
        """Returns the gRPC status code."""
        return self._code

    def details(self) -> str:
        """Returns the human-readable description."""
        return self._details


@contextlib.contextmanager
def reading_answer() -> Iterator[None]:
    """Context manager that converts decoding errors to `CallError`.

    Raises:
        CallError: with INTERNAL, if the response cannot be read.
    """
    try:
        yield
    except Exception as error:  # A malformed response can raise any type.
        raise CallError(
            grpc.StatusCode.INTERNAL, f"The answer cannot be read: {error!r}"
        ) from error

"""`StatusError`, which becomes a gRPC status or an HTTP status code."""

import contextlib
import logging
from collections.abc import Iterator

import grpc

_logger = logging.getLogger(__name__)

# Bytes. TF Serving truncates longer messages over gRPC, which loses the status
# if the escaped message does not fit into its 8 KiB of headers.
_MESSAGE_LIMIT = 1024
_STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}


class StatusError(Exception):
    """Failure of a call, with the status that the client gets.

    Attributes:
        code: gRPC status code.
        message: Error message, cut if it is long.
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        """Stores the status.

        Args:
            code: gRPC status code.
            message: Error message, the same as TF Serving's.
        """
        super().__init__(message)
        self.code = code
        self.message = _cut(message)

    @classmethod
    def from_number(cls, code: int, message: str) -> "StatusError":
        """Creates the error of a TensorFlow code, which equals gRPC's."""
        return cls(_STATUS_CODES[code], message)

    @classmethod
    def from_exception(cls, error: Exception) -> "StatusError":
        """Returns a `StatusError` as it is, any other error as INTERNAL."""
        if isinstance(error, cls):
            return error
        _logger.error("A call failed.", exc_info=error)
        return cls(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")


@contextlib.contextmanager
def aborting(context: grpc.ServicerContext) -> Iterator[None]:
    """Context manager that aborts a call with the status of an exception.

    Args:
        context: Context of the gRPC call.
    """
    try:
        yield
    except Exception as error:
        status = StatusError.from_exception(error)
        context.abort(status.code, status.message)


def _cut(message: str) -> str:
    encoded = message.encode("utf-8", "replace")
    if len(encoded) <= _MESSAGE_LIMIT:
        return message
    return encoded[:_MESSAGE_LIMIT].decode("utf-8", "ignore") + "...TRUNCATED"


def invalid_argument(message: str) -> StatusError:
    """Creates the error of an invalid request or configuration.

    Args:
        message: Error message, the same as TF Serving's.
    """
    return StatusError(grpc.StatusCode.INVALID_ARGUMENT, message)

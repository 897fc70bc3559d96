"""The error that a servicer turns into a gRPC status or an HTTP code."""

import contextlib
import logging
from collections.abc import Iterator

import grpc

_logger = logging.getLogger(__name__)

# Bytes. TF Serving cuts longer texts; gRPC drops the status with texts that,
# escaped, do not fit into its 8 KiB of headers.
_MESSAGE_LIMIT = 1024
_STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}


class StatusError(Exception):
    """Says that a call must end with this gRPC code and text."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        """Keeps the status.

        Args:
            code: The code that the caller gets.
            message: The text that the caller gets, in TF Serving's words.
        """
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def from_number(cls, code: int, message: str) -> "StatusError":
        """Makes the error of a TensorFlow code: the numbers are gRPC's."""
        return cls(_STATUS_CODES[code], message)

    @classmethod
    def from_exception(cls, error: Exception) -> "StatusError":
        """Returns the status that a call ends with: INTERNAL after a bug."""
        if isinstance(error, cls):
            return error
        _logger.error("A call failed.", exc_info=error)
        return cls(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")


@contextlib.contextmanager
def aborting(context: grpc.ServicerContext) -> Iterator[None]:
    """Ends the call with the status of what is raised inside.

    Args:
        context: The call that is being answered.
    """
    try:
        yield
    except Exception as error:
        status = StatusError.from_exception(error)
        context.abort(status.code, _cut(status.message))


def _cut(message: str) -> str:
    encoded = message.encode("utf-8", "replace")
    if len(encoded) <= _MESSAGE_LIMIT:
        return message
    return encoded[:_MESSAGE_LIMIT].decode("utf-8", "ignore") + "...TRUNCATED"


def invalid_argument(message: str) -> StatusError:
    """Returns the error of a request, or a configuration, that is wrong.

    Args:
        message: What is wrong, in TF Serving's words.
    """
    return StatusError(grpc.StatusCode.INVALID_ARGUMENT, message)

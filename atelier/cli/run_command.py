"""Entry point of commands: logging, and user errors as one line, exit 1."""

import sys
from collections.abc import Callable

from atelier.cli.broken_pipe import quiet_broken_pipe
from atelier.cli.logging_setup import set_up_logging
from atelier.io.errors import UserError
from atelier.io.errors import reason_of


def run_command(main: Callable[[], None]) -> None:
    """Runs a command and turns errors of the user or the files into exit 1.

    Other exceptions are bugs and keep their traceback.

    Args:
        main: Command function without arguments or return value.
    """
    try:
        set_up_logging()
        with quiet_broken_pipe():
            main()
    except UserError as error:
        sys.exit(f"error: {error}")
    except _file_errors() as error:
        # A full disk or a read-only folder is not a bug of this code.
        sys.exit(f"error: {reason_of(error)}")
    except KeyboardInterrupt:
        sys.exit("interrupted")


def _file_errors() -> tuple[type[Exception], ...]:
    """Returns the errors of files, of TensorFlow only if it is imported.

    Called for an error only, because TensorFlow takes seconds to import.
    """
    if "tensorflow" not in sys.modules:
        return (OSError,)
    from tensorflow import errors

    return (
        OSError,
        errors.AbortedError,
        errors.DataLossError,
        errors.DeadlineExceededError,
        errors.FailedPreconditionError,
        errors.NotFoundError,
        errors.PermissionDeniedError,
        errors.ResourceExhaustedError,
        errors.UnavailableError,
        errors.UnimplementedError,  # A URI with an unknown scheme.
    )

"""Entry point of commands: prints user errors as one line, exits with 1."""

import sys
from collections.abc import Callable

import tensorflow as tf

from atelier.cli.broken_pipe import quiet_broken_pipe
from atelier.io.errors import UserError
from atelier.io.errors import reason_of

_FILE_ERRORS = (
    tf.errors.DataLossError,
    tf.errors.FailedPreconditionError,
    tf.errors.NotFoundError,
    tf.errors.PermissionDeniedError,
    tf.errors.ResourceExhaustedError,
    tf.errors.UnavailableError,
    tf.errors.UnimplementedError,  # A URI with an unknown scheme.
)


def run_command(main: Callable[[], None]) -> None:
    """Runs a command and turns errors of the user or the files into exit 1.

    Other exceptions are bugs and keep their traceback.

    Args:
        main: Command function without arguments or return value.
    """
    try:
        with quiet_broken_pipe():
            main()
    except UserError as error:
        sys.exit(f"error: {error}")
    except (OSError, *_FILE_ERRORS) as error:
        # A full disk or a read-only folder is not a bug of this code.
        sys.exit(f"error: {reason_of(error)}")
    except KeyboardInterrupt:
        sys.exit("interrupted")

"""Entry of a command: errors that a user can mend become one line."""

import sys
from collections.abc import Callable

import tensorflow as tf

from atelier.io.errors import UserError
from atelier.io.errors import reason_of

_FILE_ERRORS = (
    tf.errors.DataLossError,
    tf.errors.FailedPreconditionError,
    tf.errors.NotFoundError,
    tf.errors.PermissionDeniedError,
    tf.errors.ResourceExhaustedError,
    tf.errors.UnavailableError,
    tf.errors.UnimplementedError,  # A URI whose scheme nobody knows.
)


def run_command(main: Callable[[], None]) -> None:
    """Runs a command; an error that is no bug becomes a line and exit 1.

    Args:
        main: The command; takes nothing and returns nothing.
    """
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
    except (OSError, *_FILE_ERRORS) as error:
        # A full disk, a folder that cannot be written: not our bug.
        sys.exit(f"error: {reason_of(error)}")
    except KeyboardInterrupt:
        sys.exit("interrupted")

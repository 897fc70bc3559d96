"""The one error that every command shows to its user as a sentence."""

import re
import sys
from collections.abc import Callable

import tensorflow as tf

_FILE_ERRORS = (
    tf.errors.DataLossError,
    tf.errors.FailedPreconditionError,
    tf.errors.NotFoundError,
    tf.errors.PermissionDeniedError,
    tf.errors.ResourceExhaustedError,
    tf.errors.UnavailableError,
    tf.errors.UnimplementedError,  # A URI whose scheme nobody knows.
)


class UserError(Exception):
    """Something that the user can mend; its text says what and how."""


def reason_of(error: Exception) -> str:
    """Returns the first line of an error that says something.

    Before it TensorFlow puts the name of a node, in double braces, and others.
    """
    text = re.sub(r"Graph execution error:|\{\{.*?\}\}", "", str(error))
    lines = text.strip().splitlines()
    return lines[0] if lines else type(error).__name__


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

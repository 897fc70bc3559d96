"""The one error that every command shows to its user as a sentence."""

import sys
from collections.abc import Callable


class UserError(Exception):
    """Something that the user can mend; its text says what and how."""


def run_command(main: Callable[[], None]) -> None:
    """Runs a command; a `UserError` becomes one line on stderr and exit 1.

    Args:
        main: The command; takes nothing and returns nothing.
    """
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted")

"""The error that every command shows to its user as one sentence."""

import re


class UserError(Exception):
    """Something that the user can mend; its text says what and how."""


def reason_of(error: Exception) -> str:
    """Returns the first line of an error that says something.

    Before it TensorFlow puts the name of a node, in double braces, and others.
    """
    text = re.sub(r"Graph execution error:|\{\{.*?\}\}", "", str(error))
    lines = text.strip().splitlines()
    return lines[0] if lines else type(error).__name__

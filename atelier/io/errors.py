"""Errors that commands print as one sentence, without a traceback."""

import re


class UserError(Exception):
    """Error that the user can correct; its text names cause and remedy."""


def reason_of(error: Exception) -> str:
    """Returns the first informative line of an error message.

    Removes what TensorFlow puts before it: "Graph execution error:" and node
    names in double braces. An error without text gives its type name.
    """
    text = re.sub(r"Graph execution error:|\{\{.*?\}\}", "", str(error))
    lines = text.strip().splitlines()
    return lines[0] if lines else type(error).__name__

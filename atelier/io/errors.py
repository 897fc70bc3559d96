"""Errors that commands print as one sentence, without a traceback."""

import re


class UserError(Exception):
    """Error that the user can correct; its text names cause and remedy."""


def reason_of(error: Exception) -> str:
    """Returns the first informative line of an error message.

    Removes what TensorFlow puts around it: "Graph execution error:", node names
    in double braces and the name of the op. An error without text gives its
    type name.
    """
    noise = r"Graph execution error:|\{\{.*?\}\}|\s*\[Op:\w+\] name:.*"
    text = re.sub(noise, "", str(error))
    lines = text.strip().splitlines()
    return lines[0] if lines else type(error).__name__

"""Logging of the commands; set up by commands only, never by library code."""

import logging
import os
import warnings

from atelier.io.errors import UserError

LEVEL = "ATELIER_LOG_LEVEL"
"""Environment variable with the level of the messages of this project."""

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_PACKAGES = ("atelier", "beam_jobs", "export", "serving", "trainer")


def quiet_tensorflow() -> None:
    """Silences TensorFlow's log, for example warnings about missing GPUs.

    Keeps a `TF_CPP_MIN_LOG_LEVEL` that the user has set. Must be called before
    TensorFlow is imported. Errors still arrive as exceptions.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow imports installed Google packages, which warn about Python
    # versions years before their end of support.
    warnings.filterwarnings("ignore", category=FutureWarning, module="google")


def set_up_logging() -> None:
    """Sends the messages of this project to stderr, from `LEVEL` on.

    Other packages log from the level of the root logger on, TensorFlow and
    absl only errors.

    Raises:
        UserError: If the environment variable is not the name of a level.
    """
    level = os.environ.get(LEVEL, "INFO")
    if level not in _LEVELS:
        raise UserError(
            f"{LEVEL} must be one of {', '.join(_LEVELS)}, got {level!r}"
        )
    handler = logging.StreamHandler()
    handler.setFormatter(_MessageFormatter())
    logging.basicConfig(handlers=[handler])
    for package in _PACKAGES:
        logging.getLogger(package).setLevel(level)
    for package in ("absl", "tensorflow"):
        logging.getLogger(package).setLevel(logging.ERROR)


class _MessageFormatter(logging.Formatter):
    """Formats a record as its message; names the level from WARNING on."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if record.levelno < logging.WARNING:
            return text
        return f"{record.levelname.lower()}: {text}"

"""Provenance of a run: command line and versions, to reproduce it."""

import importlib.metadata
import platform
import sys
from typing import Any

_LIBRARIES = ("keras", "numpy", "tensorflow")


def provenance() -> dict[str, Any]:
    """Returns the command line, and the versions of Python and libraries."""
    return {
        "command": sys.argv,
        "versions": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in _LIBRARIES},
        },
    }

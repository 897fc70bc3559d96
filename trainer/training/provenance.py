"""What made a run, beside its configuration: enough to make it again."""

import importlib.metadata
import platform
import sys
from typing import Any

_LIBRARIES = ("keras", "numpy", "tensorflow")


def provenance() -> dict[str, Any]:
    """Returns the command line, and the versions of what weights hang on."""
    return {
        "command": sys.argv,
        "versions": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in _LIBRARIES},
        },
    }

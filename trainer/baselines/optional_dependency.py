"""Import of optional packages (the extra `baselines`)."""

import importlib
from typing import Any

from atelier.io.errors import UserError


def require(module: str, baseline: str) -> Any:
    """Imports a module that a baseline needs.

    Args:
        module: Name of the module.
        baseline: Name of the baseline, for the error message.

    Raises:
        UserError: If the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise UserError(
            f"the baseline {baseline} needs the package {package}, which is "
            f"not installed; pip install {package}, or leave {baseline} out"
        ) from error

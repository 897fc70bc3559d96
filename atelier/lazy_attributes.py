"""Attributes of a package that are imported when they are first used."""

import importlib
from collections.abc import Callable
from typing import Any


def lazy_attributes(
    package: str, modules: dict[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Returns the `__getattr__` and the `__dir__` of a package (PEP 562).

    `from trainer import TwoTower` imports Keras, `import trainer` does not.

    Args:
        package: Name of the package.
        modules: Module of each attribute, such as {"TwoTower":
            "trainer.models.towers.two_tower"}.
    """

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}"
            )
        return getattr(importlib.import_module(modules[name]), name)

    return get, lambda: list(modules)

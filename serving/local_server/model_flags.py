"""Flags with one value per model, such as `--model NAME=DIR`."""

import argparse
from typing import Any


class AppendNamed(argparse.Action):
    """Appends the pair (name, value) of a flag; refuses a repeated name."""

    def __call__(
        self,
        parser: Any,
        namespace: Any,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Adds `values`, one pair, to the pairs of the namespace."""
        pairs = getattr(namespace, self.dest) or []
        if values[0] in dict(pairs):
            raise argparse.ArgumentError(self, "the same NAME was given twice")
        setattr(namespace, self.dest, [*pairs, values])


def name_and_path(text: str) -> tuple[str, str]:
    """Parses NAME=DIR, a model's name and the directory of its versions.

    Args:
        text: Text of the value.

    Raises:
        argparse.ArgumentTypeError: if the name or the directory is missing.
    """
    name, _, path = text.partition("=")
    if not name or not path:
        raise argparse.ArgumentTypeError(f"expected NAME=DIR, got '{text}'")
    return name, path

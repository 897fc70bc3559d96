"""Configurations: frozen dataclasses, filled from the command line."""

import argparse
import csv
import dataclasses
from typing import Any
from typing import ClassVar
from typing import Self

from atelier.io.errors import UserError


def option(
    default: Any,
    text: str,
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """Declares a field: its default, its `--help` text and its range.

    A number without `least` must be positive; a string has no range.
    """
    metadata = {"help": text, "choices": choices, "least": least, "most": most}
    return dataclasses.field(default=default, metadata=metadata)


def listed(text: str) -> list[str]:
    """Returns the names in a list with commas between; none of "".

    Args:
        text: As a line of CSV: a name that holds a comma stands in double
            quotes.
    """
    return next(csv.reader([text]), [])


@dataclasses.dataclass(frozen=True)
class Config:
    """What shapes a run; each field is an `option`, and so a flag.

    Attributes:
        KIND: The command that trains it, which its run is known by.
        PRESETS: What each changes of the defaults; the first is taken where
            none is asked for.
        MAY_CHANGE: Fields that shape no weight, and so may differ when a run
            is taken up again.
    """

    KIND: ClassVar[str]
    PRESETS: ClassVar[dict[str, dict[str, Any]]]
    MAY_CHANGE: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            UserError: If a value is out of its range.
        """
        for field in dataclasses.fields(self):
            check_range(field, getattr(self, field.name))

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Adds `--preset`, and a flag for each field."""
        parser.add_argument(
            "--preset",
            choices=tuple(cls.PRESETS),
            default=next(iter(cls.PRESETS)),
            help="values of what no flag is given for, see below (default: "
            "%(default)s)",
        )
        for field in dataclasses.fields(cls):
            parser.add_argument(
                f"--{field.name}",
                type=type(field.default),
                choices=field.metadata["choices"] or None,
                help=f"{field.metadata['help']} (default: {field.default})",
            )

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Self:
        """Builds the configuration from parsed flags and their preset."""
        given = {
            field.name: getattr(args, field.name)
            for field in dataclasses.fields(cls)
            if getattr(args, field.name) is not None
        }
        return cls(**{**cls.PRESETS[args.preset], **given})


def check_range(field: dataclasses.Field, value: Any) -> None:
    """Checks the value of a field.

    Raises:
        UserError: If it is out of the range of the field.
    """
    choices = field.metadata["choices"]
    if choices and value not in choices:
        raise UserError(
            f"--{field.name} is one of {', '.join(choices)}, got {value!r}"
        )
    if isinstance(value, str):
        return
    least, most = field.metadata["least"], field.metadata["most"]
    if least is None and not value > 0:
        raise UserError(f"--{field.name} must be positive, got {value}")
    if least is not None and not value >= least:
        raise UserError(f"--{field.name} must be at least {least}, got {value}")
    if most is not None and not value <= most:
        raise UserError(f"--{field.name} must be at most {most}, got {value}")

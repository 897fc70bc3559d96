"""Command-line flags generated from frozen configuration dataclasses."""

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
    """Declares a configuration field, and with it a command-line flag.

    Args:
        default: Default value; the flag has its type.
        text: Help text of the flag.
        choices: Allowed values; empty if all values are allowed.
        least: Minimum of a number; if None, it must be positive.
        most: Maximum of a number; None for no maximum.

    Returns:
        The dataclass field, with the options in its metadata.
    """
    metadata = {"help": text, "choices": choices, "least": least, "most": most}
    return dataclasses.field(default=default, metadata=metadata)


def listed(text: str) -> list[str]:
    """Splits a comma-separated list of names.

    Args:
        text: Names as one line of CSV; a name that contains a comma is
            enclosed in double quotes.

    Returns:
        The names; an empty list for "".
    """
    return next(csv.reader([text]), [])


@dataclasses.dataclass(frozen=True)
class Config:
    """Base class of run configurations; each `option` field is a flag.

    Attributes:
        KIND: Command that trains the run; `run.json` records it.
        PRESETS: Overrides of the defaults, {preset: {field: value}}; the
            first preset is the default.
        MAY_CHANGE: Names of the fields that do not affect the weights, and
            so may differ when a run is resumed.

    Example:
        @dataclasses.dataclass(frozen=True)
        class SvdConfig(Config):
            KIND, PRESETS, MAY_CHANGE = "svd", {"default": {}}, ()
            rank: int = option(64, "embedding dimension", least=1)

        config = SvdConfig(rank=32)
    """

    KIND: ClassVar[str]
    PRESETS: ClassVar[dict[str, dict[str, Any]]]
    MAY_CHANGE: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        """Validates all fields.

        Raises:
            UserError: If a value is out of its range.
        """
        for field in dataclasses.fields(self):
            check_range(field, getattr(self, field.name))

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Adds `--preset` and one flag per field to the parser."""
        parser.add_argument(
            "--preset",
            choices=tuple(cls.PRESETS),
            default=next(iter(cls.PRESETS)),
            help="named set of values for the flags that are not given; the "
            "defaults below are those of the first set (default: "
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
        """Builds the configuration: flags override the preset's values."""
        given = {
            field.name: getattr(args, field.name)
            for field in dataclasses.fields(cls)
            if getattr(args, field.name) is not None
        }
        return cls(**{**cls.PRESETS[args.preset], **given})


def check_range(field: dataclasses.Field, value: Any) -> None:
    """Validates the value of one field.

    Args:
        field: Field declared by `option`.
        value: Value of the field.

    Raises:
        UserError: If the value is not one of the field's choices, or is out
            of its range.
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

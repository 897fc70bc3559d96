"""Command-line flags generated from frozen dataclasses."""

import argparse
import csv
import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any
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
        text: Names as one line of CSV; a name that contains a comma or begins
            with a blank is enclosed in double quotes.

    Returns:
        The names; an empty list for "".
    """
    return next(csv.reader([text], skipinitialspace=True), [])


class ConflictError(UserError):
    """Values of options that contradict each other.

    Args:
        rule: Rule that they violate.
        values: Values of the options by name.
        origins: Origin of each value that is not of the command line, such as
            "the default", by name.
    """

    def __init__(
        self,
        rule: str,
        values: Mapping[str, Any],
        origins: Mapping[str, str] | None = None,
    ) -> None:
        self.rule, self.values = rule, values
        notes = origins or {}
        # The values that the user gave come first.
        flags = [
            flag_text(name, values[name]).replace("=", " ", 1)
            + (f" ({notes[name]})" if name in notes else "")
            for name in sorted(values, key=notes.__contains__)
        ]
        super().__init__(f"{' with '.join(flags)}: {rule}")


@dataclasses.dataclass(frozen=True)
class Options:
    """Base class of the options of a command; each `option` field is a flag.

    Example:
        @dataclasses.dataclass(frozen=True)
        class SvdOptions(Options):
            rank: int = option(64, "embedding dimension", least=1)

        SvdOptions.add_arguments(parser)
        options = SvdOptions.from_arguments(parser.parse_args())
    """

    def __post_init__(self) -> None:
        """Validates all options.

        Raises:
            UserError: If a value is out of its range.
        """
        for field in self._fields():
            check_range(field, getattr(self, field.name))

    @classmethod
    def add_arguments(
        cls, parser: argparse.ArgumentParser, **defaults: Any
    ) -> None:
        """Adds one flag per option to the parser.

        Args:
            parser: Parser of the command.
            **defaults: Defaults of this command that differ from those of the
                fields, by name.
        """
        parser.set_defaults(**defaults)
        for field in cls._fields():
            default = defaults.get(field.name, field.default)
            shown = "" if default == "" else f" (default: {default})"
            parser.add_argument(
                f"--{field.name}",
                help=field.metadata["help"] + shown,
                **_parsing(field),
            )

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Self:
        """Builds the options from parsed flags.

        Raises:
            UserError: If a value is out of its range.
        """
        return cls._merge(("", cls._given(args)))

    @classmethod
    def _fields(cls) -> list[dataclasses.Field]:
        fields = dataclasses.fields(cls)
        own = inspect.get_annotations(cls)  # Those of a base class come last.
        return sorted(
            (field for field in fields if "help" in field.metadata),
            key=lambda field: field.name not in own,
        )

    @classmethod
    def _given(cls, args: argparse.Namespace) -> dict[str, Any]:
        values = {one.name: getattr(args, one.name) for one in cls._fields()}
        return {name: one for name, one in values.items() if one is not None}

    @classmethod
    def _merge(cls, *layers: tuple[str, Mapping[str, Any]]) -> Self:
        """Builds the options from their origins and values; later ones win."""
        values: dict[str, Any] = {}
        origins = {field.name: "the default" for field in cls._fields()}
        for origin, layer in layers:
            values |= layer
            origins |= dict.fromkeys(layer, origin)
        try:
            return cls(**values)
        except ConflictError as error:
            named = {name: one for name, one in origins.items() if one}
            raise ConflictError(error.rule, error.values, named) from error


def _parsing(field: dataclasses.Field) -> dict[str, Any]:
    """Returns the arguments of argparse that depend on the type of a flag."""
    if isinstance(field.default, bool):
        return {"action": argparse.BooleanOptionalAction}
    choices = field.metadata["choices"] or None
    return {"type": type(field.default), "choices": choices}


def flag_text(name: str, value: Any) -> str:
    """Returns a flag as on the command line, such as `--epochs=3`.

    Args:
        name: Name of the flag.
        value: Value; a boolean gives `--name` or `--no-name`.
    """
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    return f"--{name}={value}"


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
    if isinstance(field.default, bool) and value not in (False, True):
        raise UserError(f"--{field.name} must be true or false, got {value!r}")
    if isinstance(field.default, str | bool):
        return
    least, most = field.metadata["least"], field.metadata["most"]
    if least is None and not value > 0:
        raise UserError(f"--{field.name} must be positive, got {value}")
    if least is not None and not value >= least:
        raise UserError(f"--{field.name} must be at least {least}, got {value}")
    if most is not None and not value <= most:
        raise UserError(f"--{field.name} must be at most {most}, got {value}")

"""Command-line flags generated from frozen dataclasses."""

import argparse
import csv
import dataclasses
import inspect
import typing
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
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
    parse: Callable[[str], Any] | None = None,
    exclusive: str = "",
    flag: str = "",
    **argument: Any,
) -> Any:
    """Declares a configuration field, and with it a command-line flag.

    The annotation of the field is the type of the flag, or of each of its
    values where it is a tuple: such a flag may be repeated.

    Args:
        default: Default value; None if the flag is optional without one, `...`
            if it is required.
        text: Help text of the flag. The default is appended, unless the text
            has one.
        choices: Allowed values; empty if all values are allowed.
        least: Minimum of a number; if None, it must be positive.
        most: Maximum of a number; None for no maximum.
        parse: Converter of the text of a value, which also checks it; the type
            of the field if None.
        exclusive: Name that flags share of which only one may be given; one
            must be given if they are required.
        flag: Flag, if it is not `--` and the name of the field; the name of
            the field itself declares a positional argument.
        **argument: Further arguments of `ArgumentParser.add_argument`.

    Returns:
        The dataclass field, with the options in its metadata.

    Raises:
        UserError: If the default is out of range.
    """
    metadata = {
        "help": text,
        "choices": choices,
        "least": least,
        "most": most,
        "parse": parse,
        "exclusive": exclusive,
        "flag": flag,
        "required": default is ...,
        "argument": argument,
    }
    if default is ...:
        default = None if exclusive else dataclasses.MISSING
    elif type(default) in (int, float) and not parse:
        _check_number(default, least, most, text)
    return dataclasses.field(default=default, metadata=metadata)


def listed(text: str) -> list[str]:
    """Splits a comma-separated list of names.

    Args:
        text: Names as one line of CSV; a name that contains a comma or begins
            with a blank is enclosed in double quotes.

    Returns:
        The names; an empty list for "".

    Raises:
        UserError: If the text is more than one line.
    """
    try:
        return next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error as error:
        raise UserError(
            f"names must be separated by commas, got {text!r} ({error})"
        ) from error


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

    Attributes:
        TITLE: Title of the group of the flags in `--help`, "" for no group.

    Example:
        @dataclasses.dataclass(frozen=True)
        class SvdOptions(Options):
            rank: int = option(64, "embedding dimension", least=1)

        options = SvdOptions.parse(None, "python -m svd", "Computes an SVD.")
    """

    TITLE: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Validates all options.

        Raises:
            UserError: If a value is out of its range.
        """
        for field in self._fields():
            check_range(field, getattr(self, field.name))

    @classmethod
    def parse(
        cls,
        argv: Sequence[str] | None,
        program: str,
        description: str | None,
        epilog: str = "",
    ) -> Self:
        """Parses the command line of a program with these flags only.

        Args:
            argv: Command-line flags; `sys.argv[1:]` if None.
            program: Name of the program, for `--help` and errors.
            description: Purpose of the program, for `--help`.
            epilog: Examples for `--help`.

        Raises:
            UserError: If a value is out of its range.
        """
        parser = command_parser(program, description, epilog)
        cls.add_arguments(parser)
        return cls.from_arguments(parser.parse_args(argv))

    @classmethod
    def add_arguments(
        cls, parser: argparse.ArgumentParser, **defaults: Any
    ) -> None:
        """Adds one flag per option to the parser.

        Args:
            parser: Parser of the command.
            **defaults: Defaults of this command that differ from those of the
                fields, by name; also those of required flags.
        """
        parser.set_defaults(**defaults)
        place: Any = parser
        if cls.TITLE:
            place = parser.add_argument_group(cls.TITLE)
        groups: dict[str, Any] = {"": place}
        for field in cls._fields():
            group = field.metadata["exclusive"]
            required = field.metadata["required"]
            if group not in groups:
                groups[group] = place.add_mutually_exclusive_group(
                    required=required
                )
            argument = _argument(field, defaults.get(field.name, field.default))
            flag = field.metadata["flag"] or f"--{field.name}"
            if flag.startswith("--"):
                needed = not group and field.name not in defaults
                argument |= {
                    "dest": field.name,
                    "required": required and needed,
                }
            groups[group].add_argument(flag, **argument)

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Self:
        """Builds the options from parsed flags.

        Raises:
            UserError: If a value is out of its range.
        """
        return cls._merge(("", cls._given(args)))

    @classmethod
    def _fields(cls) -> list[dataclasses.Field]:
        """Returns the options, those of the class itself first."""
        names = [inspect.get_annotations(base) for base in cls.__mro__]
        options = [
            field
            for field in dataclasses.fields(cls)
            if "help" in field.metadata
        ]
        return sorted(
            options, key=lambda field: [field.name not in own for own in names]
        )

    @classmethod
    def _given(cls, args: argparse.Namespace) -> dict[str, Any]:
        names = {field.name for field in cls._fields()}
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in vars(args).items()
            if name in names and value is not None
        }

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
            named = {name: text for name, text in origins.items() if text}
            raise ConflictError(error.rule, error.values, named) from error


def command_parser(
    program: str, description: str | None, epilog: str = ""
) -> argparse.ArgumentParser:
    """Returns a parser that keeps the line breaks of its texts.

    Args:
        program: Name of the program, for `--help` and errors.
        description: Purpose of the program.
        epilog: Examples.
    """
    return argparse.ArgumentParser(
        prog=program,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of a program with several commands.

    Attributes:
        name: Name of the command.
        run: Function that runs the command, given its options of each class.
        options: Classes of the options, in the order of `--help`.
        summary: Purpose of the command, in lower case, for the list of
            commands.
        description: Purpose of the command, for its own `--help`; if empty,
            the summary.
        epilog: Examples.
        defaults: Defaults of this command that differ from those of the
            options, by name.

    Example:
        SVD = Command("svd", run_svd, (SvdOptions,), summary="compute an SVD")
        SVD.add_to(parser.add_subparsers())
    """

    name: str
    run: Callable[..., None]
    options: tuple[type[Options], ...]
    summary: str
    description: str = ""
    epilog: str = ""
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def add_to(self, commands: Any) -> None:
        """Adds the command to the subparsers of a program."""
        parser = commands.add_parser(
            self.name,
            help=self.summary,
            description=self.description
            or f"{self.summary[0].upper()}{self.summary[1:]}.",
            epilog=self.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for options in self.options:
            options.add_arguments(parser, **self.defaults)
        parser.set_defaults(run=self._parse_and_run)

    def _parse_and_run(self, args: argparse.Namespace) -> None:
        self.run(*(options.from_arguments(args) for options in self.options))


def _argument(field: dataclasses.Field, default: Any) -> dict[str, Any]:
    """Returns the arguments of `add_argument` for a flag."""
    text, more = field.metadata["help"], field.metadata["argument"]
    none = default is dataclasses.MISSING or default in ("", None, ())
    if not none and "(default" not in text and "action" not in more:
        shown = default if isinstance(default, tuple) else [default]
        text += f" (default: {' '.join(map(_shown, shown))})"
    is_list = typing.get_origin(field.type) is tuple
    kind = value_type(field)
    if kind is bool:
        return {"help": text, "action": argparse.BooleanOptionalAction, **more}
    return {
        "help": text,
        "action": "append" if is_list and "nargs" not in more else "store",
        "type": field.metadata["parse"] or kind,
        "choices": field.metadata["choices"] or None,
        "metavar": {int: "N", float: "X"}.get(kind),
        **more,
    }


def value_type(field: dataclasses.Field) -> Any:
    """Returns the type of a flag's value, of each of several values.

    Args:
        field: Field declared by `option`.
    """
    is_list = typing.get_origin(field.type) is tuple
    if is_list or field.default in (None, dataclasses.MISSING):
        kind, *_ = typing.get_args(field.type) or (field.type,)
        return kind
    return type(field.default)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


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
    if value is None or isinstance(value, tuple) or field.metadata["parse"]:
        return
    choices = field.metadata["choices"]
    if choices and value not in choices:
        raise UserError(
            f"--{field.name} is one of {', '.join(choices)}, got {value!r}"
        )
    if isinstance(field.default, bool) and value not in (False, True):
        raise UserError(f"--{field.name} must be true or false, got {value!r}")
    is_bool = bool in (type(field.default), type(value))
    if is_bool or not isinstance(value, int | float):
        return
    least, most = field.metadata["least"], field.metadata["most"]
    _check_number(value, least, most, f"--{field.name}")


def _check_number(
    value: float, least: float | None, most: float | None, name: str
) -> None:
    if least is None and not value > 0:
        raise UserError(f"{name} must be positive, got {value}")
    if least is not None and not value >= least:
        raise UserError(f"{name} must be at least {least}, got {value}")
    if most is not None and not value <= most:
        raise UserError(f"{name} must be at most {most}, got {value}")

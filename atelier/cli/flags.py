"""Command-line flags generated from frozen configuration dataclasses."""

import argparse
import contextlib
import csv
import dataclasses
import pathlib
import textwrap
from collections.abc import Mapping
from typing import Any
from typing import ClassVar
from typing import Self

import yaml

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
        """Adds `--config`, `--preset` and one flag per field to the parser."""
        first, *_ = cls.PRESETS
        parser.add_argument(
            "--config",
            metavar="FILE",
            help="YAML file of flag values, `name: value`; flags on the "
            "command line override it",
        )
        parser.add_argument(
            "--preset",
            choices=tuple(cls.PRESETS),
            help="named set of values for the flags that are not given, "
            f"listed at the end (default: {first})",
        )
        own = vars(cls)["__annotations__"]  # Those of a base class come last.
        for field in sorted(
            dataclasses.fields(cls), key=lambda field: field.name not in own
        ):
            parser.add_argument(
                f"--{field.name}",
                help=f"{field.metadata['help']} (default: {field.default})",
                **_parsing(field),
            )
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = _describe_presets(cls.PRESETS)

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Self:
        """Builds the configuration from parsed flags.

        A flag overrides the file of `--config`, which overrides the preset.

        Raises:
            UserError: If the file cannot be read, names an unknown flag, or a
                value is out of its range.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        given = {
            name: getattr(args, name)
            for name in names
            if getattr(args, name) is not None
        }
        stored = cls._stored(args.config) if args.config else {}
        preset = stored.pop("preset", next(iter(cls.PRESETS)))
        return cls(**{**cls.PRESETS[args.preset or preset], **stored, **given})

    @classmethod
    def _stored(cls, path: str) -> dict[str, Any]:
        """Returns the checked values of a file, by the name of the flag.

        Raises:
            UserError: If the file cannot be read, or names an unknown flag or
                preset, or has a value of another type.
        """
        values = read_config(path)
        fields = {field.name: field for field in dataclasses.fields(cls)}
        unknown = values.keys() - fields.keys() - {"preset"}
        if unknown:
            raise UserError(
                f"{path}: {min(unknown)!r} cannot be set in a file; the names "
                f"are those of `python -m trainer.task {cls.KIND} --help`, "
                "except --config, --data_dir and --run_dir"
            )
        preset = values.get("preset", next(iter(cls.PRESETS)))
        if not isinstance(preset, str) or preset not in cls.PRESETS:
            raise UserError(
                f"{path}: preset is one of {', '.join(cls.PRESETS)}, got "
                f"{preset!r}"
            )
        return {
            name: value
            if name == "preset"
            else _converted(value, fields[name], path)
            for name, value in values.items()
        }


def read_config(path: str) -> dict[str, Any]:
    """Reads a YAML file of flag values.

    Args:
        path: Path of the file.

    Returns:
        The values by flag name, without dashes.

    Raises:
        UserError: If the file is missing, is not valid YAML or is not a
            mapping of names to values.
    """
    try:
        values = yaml.safe_load(pathlib.Path(path).read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"--config {path} cannot be read: {reason}") from error
    if not isinstance(values, Mapping) or not all(
        isinstance(name, str) for name in values
    ):
        raise UserError(
            f"--config {path} must hold one `name: value` per line, such as "
            "`batch_size: 64`"
        )
    return dict(values)


def _converted(value: Any, field: dataclasses.Field, path: str) -> Any:
    """Returns a value of a file as the type of its flag.

    YAML reads `1e-3` as text and `1` as an integer.
    """
    wanted = type(field.default)
    if wanted is float and isinstance(value, str | int):
        with contextlib.suppress(ValueError):
            value = float(value)
    if type(value) is not wanted:
        raise UserError(
            f"{path}: {field.name} must be of type {wanted.__name__}, got "
            f"{value!r}"
        )
    return value


def _describe_presets(presets: dict[str, dict[str, Any]]) -> str:
    """Returns the flags that each preset sets, as text for `--help`."""
    lines = ["presets:"]
    for name, values in presets.items():
        flags = " ".join(flag_text(key, value) for key, value in values.items())
        lines += textwrap.wrap(
            f"{name}: {flags or 'the defaults above'}",
            width=78,
            initial_indent="  ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        )
    return "\n".join(lines)


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

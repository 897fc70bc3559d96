"""Configuration of a run: flags, presets and a YAML file of values."""

import argparse
import dataclasses
import textwrap
from collections.abc import Mapping
from typing import Any
from typing import ClassVar
from typing import Self

from atelier.cli.config_file import add_config_argument
from atelier.cli.config_file import checked_values
from atelier.cli.config_file import read_config
from atelier.cli.flags import Options
from atelier.cli.flags import flag_text
from atelier.io.errors import UserError
from atelier.schema.manifest import Manifest


@dataclasses.dataclass(frozen=True)
class Config(Options):
    """Base class of run configurations, with presets and a file of values.

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

    @classmethod
    def add_arguments(
        cls, parser: argparse.ArgumentParser, **defaults: Any
    ) -> None:
        """Adds `--config`, `--preset` and one flag per field to the parser."""
        first, *_ = cls.PRESETS
        add_config_argument(parser)
        parser.add_argument(
            "--preset",
            choices=tuple(cls.PRESETS),
            help="named set of values for the flags that are not given, "
            f"listed at the end (default: {first})",
        )
        super().add_arguments(parser, **defaults)
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
        stored = cls._stored(args.config) if args.config else {}
        stored_preset = stored.pop("preset", next(iter(cls.PRESETS)))
        preset, given = args.preset or stored_preset, cls._given(args)
        values = cls._preset_values(preset, {**stored, **given}, args)
        return cls._merge(
            (f"of the preset {preset}", values),
            (f"in {args.config}", stored),
            ("", given),
        )

    def settled(self, manifest: Manifest, earlier: Self | None) -> Self:
        """Returns the configuration with the choices that the data set makes.

        A run records them, so that it stays what it is on another machine.

        Args:
            manifest: Manifest of the data set.
            earlier: Configuration of the run that is resumed; None for a new
                one.
        """
        return self

    @classmethod
    def _preset_values(
        cls, preset: str, given: Mapping[str, Any], args: argparse.Namespace
    ) -> Mapping[str, Any]:
        """Returns the values of a preset; a subclass may fit them to the data.

        Args:
            preset: Name of the preset.
            given: Values that override those of the preset.
            args: All parsed flags of the command.
        """
        return cls.PRESETS[preset]

    @classmethod
    def _stored(cls, path: str) -> dict[str, Any]:
        """Returns the checked values of a file, by the name of the flag.

        Raises:
            UserError: If the file cannot be read, or names an unknown flag or
                preset, or has a value of another type.
        """
        values = read_config(path)
        preset = values.pop("preset", next(iter(cls.PRESETS)))
        checked = checked_values(
            path,
            values,
            cls._fields(),
            f"those of `python -m trainer.task {cls.KIND} --help`, except "
            "--config, --data_dir and --run_dir",
        )
        if not isinstance(preset, str) or preset not in cls.PRESETS:
            raise UserError(
                f"{path}: preset is one of {', '.join(cls.PRESETS)}, got "
                f"{preset!r}"
            )
        return {**checked, "preset": preset}


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

"""YAML file of flag values: `--config FILE`."""

import argparse
import contextlib
import dataclasses
import datetime
import os
import pathlib
from collections.abc import Collection
from collections.abc import Mapping
from typing import Any

import yaml

from atelier.cli.flags import value_type
from atelier.io.errors import UserError


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    """Adds the flag `--config` to a parser."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="YAML file of flag values, `name: value`; flags on the command "
        "line override it",
    )


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


def checked_values(
    path: str,
    values: Mapping[str, Any],
    fields: Collection[dataclasses.Field],
    names: str,
) -> dict[str, Any]:
    """Checks the names and the types of the values of a file.

    Args:
        path: Path of the file, for errors.
        values: Values by flag name, from `read_config`.
        fields: Options that may be set.
        names: Description of the names that may be set, for errors.

    Returns:
        The values as the types of their flags.

    Raises:
        UserError: If a name is unknown or a value has another type.
    """
    by_name = {field.name: field for field in fields}
    unknown = values.keys() - by_name.keys()
    if unknown:
        raise UserError(
            f"{path}: {min(unknown)!r} cannot be set in a file; the names are "
            f"{names}"
        )
    return {
        name: _converted(value, by_name[name], path)
        for name, value in values.items()
    }


def with_paths_beside(
    path: str, values: Mapping[str, Any], names: Collection[str]
) -> dict[str, Any]:
    """Completes relative paths of a file: they start from its folder.

    Args:
        path: Path of the file.
        values: Values by flag name.
        names: Names of the flags that hold paths; URIs stay as they are.
    """
    folder = os.path.dirname(path)
    return {
        name: os.path.join(folder, value)
        if name in names and value and "://" not in value
        else value
        for name, value in values.items()
    }


def _converted(value: Any, field: dataclasses.Field, path: str) -> Any:
    """Returns a value of a file as the type of its flag.

    YAML reads `1e-3` as text, `1` as an integer and `2021-03-01` as a date.
    """
    wanted = value_type(field)
    if wanted is str and isinstance(value, datetime.date):
        value = str(value)
    if wanted is float and type(value) in (str, int):
        with contextlib.suppress(ValueError):
            value = float(value)
    if type(value) is not wanted:
        raise UserError(
            f"{path}: {field.name} must be of type {wanted.__name__}, got "
            f"{value!r}"
        )
    return value

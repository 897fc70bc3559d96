"""Builds the parsers of the client's commands."""

import argparse
from collections.abc import Callable
from typing import Any

from serving.client.model_client import ModelClient

PROGRAM = "python -m serving.client"


def add_command(
    commands: Any,
    client: type[ModelClient],
    name: str,
    run: Callable[[Any, argparse.Namespace], None],
    summary: str,
    example: str,
) -> argparse.ArgumentParser:
    """Adds one command.

    Args:
        commands: The subparsers of the client's parser.
        client: Who asks; `run` is called with one and the command line.
        name: What the command is called.
        run: Asks and prints.
        summary: What it does, for the help.
        example: Arguments, for the help.
    """
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary.capitalize()}.",
        epilog=f"example: {PROGRAM} --server localhost:8500 {name} {example}",
    )
    command.set_defaults(client=client, run=run)
    command.add_argument(
        "--json", action="store_true", help="print JSON lines, not a table"
    )
    return command


def add_list(
    command: argparse.ArgumentParser,
    flag: str,
    help_text: str,
    required: bool = True,
    convert: Callable[[str], Any] = str,
) -> None:
    """Adds a flag that may be repeated, once for each value.

    Args:
        command: The command's parser.
        flag: Such as "--user".
        help_text: What a value is.
        required: Whether there must be one.
        convert: Makes a value of its text.
    """
    command.add_argument(
        flag,
        action="append",
        required=required,
        type=convert,
        metavar=flag[2:].upper(),
        help=help_text,
    )


def positive(text: str) -> int:
    """Returns the whole number of a flag, 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return number

"""Argument-parser helpers of the client's commands."""

import argparse
from collections.abc import Callable
from typing import Any

from serving.client.cli_server_args import add_server
from serving.client.model_client import ModelClient
from serving.client.recommender_api import RecommenderApi

PROGRAM = "python -m serving.client"


def server_flags(
    argument_default: str | None = None,
) -> argparse.ArgumentParser:
    """Returns a parent parser with the flags of all commands.

    Args:
        argument_default: Default of all flags instead of their own;
            `argparse.SUPPRESS` keeps what was given before the command.
    """
    parser = argparse.ArgumentParser(
        add_help=False, argument_default=argument_default
    )
    add_server(parser)
    parser.add_argument(
        "--model",
        help="model name on the server (default: recommender; designer for "
        "generate, design and restyle)",
    )
    parser.add_argument(
        "--deadline_seconds",
        type=float,
        help="seconds for a call, retries included (default: "
        f"{RecommenderApi.DEADLINE_SECONDS:g}; 60 for generate, design and "
        "restyle)",
    )
    return parser


def add_command(
    commands: Any,
    client: type[ModelClient],
    name: str,
    run: Callable[[Any, argparse.Namespace], None],
    summary: str,
    example: str,
) -> argparse.ArgumentParser:
    """Adds one command and returns its parser.

    Args:
        commands: Subparsers action of the client's parser.
        client: Client class; `run` gets an instance and the parsed options.
        name: Command name.
        run: Function that sends the request and prints the response.
        summary: Summary for `--help`, in lower case.
        example: Example arguments for `--help`.
    """
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary.capitalize()}.",
        epilog=f"example: {PROGRAM} --server localhost:8500 {name} {example}",
        parents=[server_flags(argparse.SUPPRESS)],
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
    """Adds a flag that may be repeated, one value per occurrence.

    Args:
        command: Parser of the command.
        flag: Flag name with its dashes, such as "--user".
        help_text: Help text of the flag.
        required: Whether at least one value must be given.
        convert: Function that converts the text of a value.
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
    """Parses the value of a flag as an integer of 1 or more.

    Args:
        text: Text of the value.

    Raises:
        argparse.ArgumentTypeError: if the integer is less than 1.
    """
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return number

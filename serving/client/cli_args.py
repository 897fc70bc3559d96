"""Flags of all commands of the client, and the declaration of a command."""

import argparse
import dataclasses
import threading
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

from atelier.cli.flags import option
from serving.client.cli_server_args import ServerOptions
from serving.client.model_client import ModelClient
from serving.client.recommender_api import RecommenderApi

PROGRAM = "python -m serving.client"


@dataclasses.dataclass(frozen=True, kw_only=True)
class CommandOptions(ServerOptions):
    """Flags of all commands, before or after the command."""

    model: str | None = option(
        None,
        "model name on the server (default: recommender; designer for "
        "generate, design, restyle and compose)",
    )
    deadline_seconds: float | None = option(
        None,
        "seconds for a call, retries included (default: "
        f"{RecommenderApi.DEADLINE_SECONDS:g}; 60 for generate, design, "
        "restyle and compose)",
        parse=float,
    )
    json: bool = option(
        False, "print JSON lines, not a table", action="store_true"
    )


class Command(NamedTuple):
    """A command of the client.

    Attributes:
        client: Client class; `run` gets an instance and the options.
        options: Flags of the command.
        run: Function that sends the request and prints the response.
        summary: Summary for `--help`, in lower case.
        example: Example arguments for `--help`.
    """

    client: type[ModelClient]
    options: type[CommandOptions]
    run: Callable[[Any, Any], None]
    summary: str
    example: str

    def add_to(self, commands: Any, name: str) -> None:
        """Adds the command to the parser of the client.

        Args:
            commands: Subparsers action of the client's parser.
            name: Command name.
        """
        parser = commands.add_parser(
            name,
            help=self.summary,
            description=f"{self.summary.capitalize()}.",
            epilog=f"example: {PROGRAM} --server localhost:8500 {name} "
            f"{self.example}",
            # Keeps the flags that were given before the command.
            argument_default=argparse.SUPPRESS,
        )
        self.options.add_arguments(parser)
        parser.set_defaults(command=self)


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


def positive_number(text: str) -> float:
    """Parses the value of a flag as a positive number, such as of seconds.

    Args:
        text: Text of the value.

    Raises:
        argparse.ArgumentTypeError: if the number is not positive, or more than
            the seconds that a thread can wait.
    """
    number = float(text)
    if not 0 < number <= threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"expected more than 0, got {text}")
    return number

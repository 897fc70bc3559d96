"""The command line of the client: `python -m serving.client`."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from serving.client.cli_args import PROGRAM
from serving.client.cli_args import add_command
from serving.client.cli_design import add_pictures
from serving.client.cli_recommend import add_rankings
from serving.client.cli_server_args import add_server
from serving.client.cli_server_args import credentials_of
from serving.client.errors import ServingError
from serving.client.model_client import ModelClient
from serving.client.recommender_client import RecommenderClient

_EXAMPLES = """examples:
  %(prog)s --server localhost:8500 recommend --user U1 --user U2 --exclude I7
  %(prog)s --server localhost:8500 recommend-for-items --item I1 --item I4
  %(prog)s --server localhost:8500 similar --item I1 --count 5
  %(prog)s --server localhost:8500 score --user U1 --image new.jpg
  %(prog)s --server localhost:8500 design --user U1 --category Dress
  %(prog)s --server localhost:8500 --model designer wait"""


def main(argv: Sequence[str] | None = None) -> int:
    """Asks a server once and prints the answer.

    Args:
        argv: Arguments after the program's name; those of the process if None.

    Returns:
        The exit code: 0, or 1 when the server or a file refused, or the user
        had enough. Usage errors end the process with 2.
    """
    options = _parse_arguments(argv)
    try:
        with options.client(
            options.server,
            options.model,
            version=options.version,
            version_label=options.label,
            deadline_seconds=options.deadline_seconds,
            credentials=credentials_of(options),
        ) as client:
            options.run(client, options)
    except (ServingError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 1
    return 0


def _wait(client: ModelClient, options: argparse.Namespace) -> None:
    client.wait_until_ready(options.timeout_seconds)


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Asks TF Serving or the local server.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_server(parser)
    parser.add_argument(
        "--model",
        help="its name there, if not recommender (or designer, for the "
        "commands that draw)",
    )
    parser.add_argument(
        "--deadline_seconds",
        type=float,
        help="how long to try before giving up (default: "
        f"{RecommenderClient.DEADLINE_SECONDS:g}, for pictures 60)",
    )
    _add_commands(
        parser.add_subparsers(
            title="commands", required=True, metavar="COMMAND"
        )
    )
    return parser.parse_args(argv)


def _add_commands(commands: Any) -> None:
    add_rankings(commands)
    add_pictures(commands)
    wait = add_command(
        commands,
        RecommenderClient,
        "wait",
        _wait,
        "wait until the model answers",
        "--timeout_seconds 60",
    )
    wait.add_argument(
        "--timeout_seconds",
        type=float,
        default=60.0,
        help="how long (default: %(default)g)",
    )

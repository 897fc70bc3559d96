"""Command line of the client: `python -m serving.client`."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from atelier.cli.broken_pipe import quiet_broken_pipe
from serving.client.cli_args import PROGRAM
from serving.client.cli_args import add_command
from serving.client.cli_args import server_flags
from serving.client.cli_design import add_pictures
from serving.client.cli_recommend import add_rankings
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
    """Sends one request to a server and prints the response.

    Args:
        argv: Command-line arguments without the program name; `sys.argv[1:]`
            if None.

    Returns:
        Exit code: 0 on success; 1 if the call failed, a file could not be read
        or written, or the user interrupted. Usage errors exit with 2.
    """
    options = _parse_arguments(argv)
    try:
        with (
            options.client(
                options.server,
                options.model,
                version=options.version,
                version_label=options.label,
                deadline_seconds=options.deadline_seconds,
                credentials=credentials_of(options),
            ) as client,
            quiet_broken_pipe(),
        ):
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
        description="Sends a request to TF Serving or to the local server. The "
        "flags of the server may also\nfollow the command.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[server_flags()],
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
        "wait until the model is available",
        "--timeout_seconds 60",
    )
    wait.add_argument(
        "--timeout_seconds",
        type=float,
        default=60.0,
        help="seconds to wait (default: %(default)g)",
    )

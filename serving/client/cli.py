"""Command line of the client: `python -m serving.client`."""

import dataclasses
import sys
from collections.abc import Sequence

from atelier.cli.broken_pipe import quiet_broken_pipe
from atelier.cli.flags import command_parser
from atelier.cli.flags import option
from serving.client import cli_design
from serving.client import cli_items
from serving.client import cli_recommend
from serving.client.cli_args import PROGRAM
from serving.client.cli_args import Command
from serving.client.cli_args import CommandOptions
from serving.client.errors import ServingError
from serving.client.model_client import ModelClient
from serving.client.recommender_client import RecommenderClient

_EXAMPLES = """examples:
  %(prog)s --server localhost:8500 recommend --user U1 --user U2
  %(prog)s recommend --user U1 --exclude I7 --category Dress
  %(prog)s recommend-for-items --item I1 --item I4
  %(prog)s recommend-for-text --text "linen dress, blue"
  %(prog)s history --user U1
  %(prog)s similar --item I1 --count 5
  %(prog)s similar --image photo.jpg
  %(prog)s goes-with --item I1
  %(prog)s item-info --item I1
  %(prog)s score --user U1 --image new.jpg
  %(prog)s design --user U1 --category Dress
  %(prog)s --model designer wait"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class WaitOptions(CommandOptions):
    """Flags of `wait`."""

    timeout_seconds: float = option(60.0, "seconds to wait", parse=float)


def main(argv: Sequence[str] | None = None) -> int:
    """Sends one request to a server and prints the response.

    Args:
        argv: Command-line arguments without the program name; `sys.argv[1:]`
            if None.

    Returns:
        Exit code: 0 on success; 1 if the call failed, a file could not be read
        or written, or the user interrupted. Usage errors exit with 2.
    """
    command, options = _parse_arguments(argv)
    try:
        with (
            command.client(
                options.server,
                options.model,
                version=options.version,
                version_label=options.label,
                deadline_seconds=options.deadline_seconds,
                credentials=options.credentials(),
            ) as client,
            quiet_broken_pipe(),
        ):
            command.run(client, options)
    except (ServingError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 1
    return 0


def _wait(client: ModelClient, options: WaitOptions) -> None:
    client.wait_until_ready(options.timeout_seconds)


_COMMANDS = {
    **cli_recommend.COMMANDS,
    **cli_items.COMMANDS,
    **cli_design.COMMANDS,
    "wait": Command(
        RecommenderClient,
        WaitOptions,
        _wait,
        "wait until the model is available",
        "--timeout_seconds 60",
    ),
}


def _parse_arguments(
    argv: Sequence[str] | None,
) -> tuple[Command, CommandOptions]:
    parser = command_parser(
        PROGRAM,
        "Sends a request to TF Serving or to the local server. The flags below "
        "may also\nfollow the command.",
        _EXAMPLES,
    )
    CommandOptions.add_arguments(parser)
    commands = parser.add_subparsers(
        title="commands", required=True, metavar="COMMAND"
    )
    for name, command in _COMMANDS.items():
        command.add_to(commands, name)
    args = parser.parse_args(argv)
    return args.command, args.command.options.from_arguments(args)

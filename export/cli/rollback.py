"""The `rollback` subcommand, which serves an older version again."""

import argparse
from typing import Any

from export.cli.publish_flags import add_model_dir
from export.publishing.version import check_model_dir


def add_rollback(commands: Any) -> None:
    """Adds the `rollback` subcommand to `export.task`.

    Args:
        commands: Result of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        "rollback",
        help="serve an older version again",
        description="Publishes a copy of an older version under a new version "
        "number.",
    )
    add_model_dir(parser)
    parser.add_argument(
        "--to",
        type=int,
        help="number of the version to publish again (default: the newest one "
        "that is older than the model now served)",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    check_model_dir(args.model_dir)
    # Imported when the flags are checked, because it takes seconds.
    from export.publishing.rollback import roll_back

    roll_back(args.model_dir, args.to)

"""The `set-availability` subcommand: which items are in stock."""

import argparse
from typing import Any

from atelier.io import files
from atelier.io.errors import UserError
from export.cli.publish_flags import add_publish_arguments
from export.publishing.version import check_model_dir


def add_set_availability(commands: Any) -> None:
    """Adds the `set-availability` subcommand to `export.task`.

    Args:
        commands: Result of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        "set-availability",
        help="set which items are in stock, without training",
        description="Publishes a copy of the served version with other items "
        "in stock. From then on\nonly these items are recommended.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_publish_arguments(parser)
    parser.add_argument(
        "--items",
        required=True,
        help="file with the ids of all items in stock: .txt (one id per line), "
        ".csv or .parquet",
    )
    parser.add_argument(
        "--item_column",
        default="item_id",
        help="id column of a .csv or .parquet file (default: item_id)",
    )
    parser.add_argument(
        "--max_drop",
        type=float,
        default=0.5,
        help="reject the list if it reduces the number of items in stock by "
        "more than this fraction, because the file may be truncated; 1 turns "
        "the check off (default: 0.5)",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    if not files.exists(args.items):
        raise UserError(f"--items: there is no file {args.items}")
    check_model_dir(args.model_dir)
    # Imported when the flags are checked, because it takes seconds.
    from export.availability.set_availability import publish_in_stock

    publish_in_stock(
        args.model_dir, args.items, args.item_column, args.max_drop, args.keep
    )

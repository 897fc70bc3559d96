"""Exports trained runs as SavedModels for TF Serving."""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import argparse
from typing import Any

from atelier.cli.run_command import run_command
from export.availability.set_availability import add_in_stock
from export.cli.designer import add_designer
from export.cli.recommender import add_recommender
from export.cli.refresh_items import add_refresh_catalogue
from export.cli.rollback import roll_back

EPILOG = """\
A version is published if a process that loads it as TF Serving does gets the
answers that the trainer gives; else the old one stays, and the reason is told.

examples:
  python -m export.task recommender --run_dir runs/demo/recommender \\
    --model_dir runs/demo/models/recommender

  what draws for one person:
  python -m export.task designer --run_dir runs/demo/recommender \\
    --gan_run_dir runs/demo/gan --model_dir runs/demo/models/designer

  the items of today, without training:
  python -m export.task refresh-items --run_dir runs/demo/recommender \\
    --data_dir runs/demo/today --model_dir runs/demo/models/recommender

  only what can be bought, as often as that changes:
  python -m export.task set-availability --items in_stock.csv \\
    --model_dir runs/demo/models/recommender

  back to the model before:
  python -m export.task rollback --model_dir runs/demo/models/recommender
"""


def main(argv: list[str] | None = None) -> None:
    """Runs a subcommand; see `--help`.

    Raises:
        UserError: If the run is not trained or a flag is wrong.
    """
    parser = argparse.ArgumentParser(
        prog="python -m export.task",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    add_recommender(commands)
    add_designer(commands)
    add_refresh_catalogue(commands)
    add_in_stock(commands)
    _add_rollback(commands)
    args = parser.parse_args(argv)
    args.run(args)


def _add_rollback(commands: Any) -> None:
    parser = commands.add_parser(
        "rollback",
        help="serve an older version again",
        description="Publishes an older version again, under a new number.",
    )
    parser.add_argument(
        "--model_dir", required=True, help="folder of all versions"
    )
    parser.add_argument(
        "--to",
        type=int,
        help="its number (default: the model before that which is served)",
    )
    parser.set_defaults(run=lambda args: roll_back(args.model_dir, args.to))


if __name__ == "__main__":
    run_command(main)

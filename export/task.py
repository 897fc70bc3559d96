"""Exports trained runs as SavedModels for TF Serving."""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

from atelier.cli.flags import command_parser
from atelier.cli.keras_settings import use_tensorflow
from atelier.cli.run_command import run_command
from export.cli.designer import DESIGNER
from export.cli.gate import GATE
from export.cli.recommender import RECOMMENDER
from export.cli.refresh_items import REFRESH_ITEMS
from export.cli.rollback import ROLLBACK
from export.cli.set_availability import SET_AVAILABILITY
from export.cli.set_boosts import SET_BOOSTS

COMMANDS = (
    GATE,
    RECOMMENDER,
    REFRESH_ITEMS,
    SET_AVAILABILITY,
    SET_BOOSTS,
    ROLLBACK,
    DESIGNER,
)
EPILOG = """\
Every new version is checked before it is published: a separate process loads it
as TensorFlow Serving does and sends it sample requests. If a check fails, the
version now served stays in place and the reason is printed.

examples:
  python -m export.task recommender --run_dir runs/demo/recommender \\
    --model_dir runs/demo/models/recommender

  publish a designer, which generates images for one user:
  python -m export.task designer --run_dir runs/demo/recommender \\
    --gan_run_dir runs/demo/gan --model_dir runs/demo/models/designer

  replace the items by those of today's catalog, without training:
  python -m export.task refresh-items --run_dir runs/demo/recommender \\
    --data_dir runs/demo/today --model_dir runs/demo/models/recommender

  recommend only items in stock; run it whenever the stock changes:
  python -m export.task set-availability --items in_stock.csv \\
    --model_dir runs/demo/models/recommender

  put items first, last, or further up, from a table of item_id,boost:
  python -m export.task set-boosts --boosts boosts.csv \\
    --model_dir runs/demo/models/recommender

  go back to the previous model:
  python -m export.task rollback --model_dir runs/demo/models/recommender
"""


def main(argv: list[str] | None = None) -> None:
    """Runs a subcommand of `python -m export.task`; see `--help`.

    Args:
        argv: Command-line arguments; those of the process if None.

    Raises:
        UserError: If the run is not trained, a flag is wrong, or the new
            version does not pass its checks.
    """
    use_tensorflow()
    parser = command_parser("python -m export.task", __doc__, EPILOG)
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND"
    )
    for command in COMMANDS:
        command.add_to(commands)
    args = parser.parse_args(argv)
    args.run(args)


if __name__ == "__main__":
    run_command(main)

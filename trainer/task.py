"""Trains and evaluates models; the entry of a laptop and of a cloud job."""

import argparse
import sys

from records.errors import run_command
from trainer.config import RecommenderConfig
from trainer.evaluation.command import run_evaluate
from trainer.evaluation.options import Options
from trainer.recommender import train
from trainer.run import Run

EPILOG = """\
examples:
  a laptop, minutes:
    python -m trainer.task recommender --data_dir runs/demo/data \\
      --run_dir runs/demo/recommender
    python -m trainer.task evaluate --run_dir runs/demo/recommender

  the paper's network and settings (prepare with --image_size 224; a GPU):
    python -m trainer.task recommender --data_dir DATA --run_dir RUN \\
      --preset dvbpr

  pretrained network, history tower, item factors (the best of ours):
    python -m trainer.task recommender --data_dir DATA --run_dir RUN \\
      --preset hybrid

The same command on the same --run_dir goes on from the last checkpoint.
"""


def main(argv: list[str] | None = None) -> None:
    """Runs a subcommand; see `--help`.

    Raises:
        UserError: If the data, the run or a flag is wrong.
    """
    parser = argparse.ArgumentParser(
        prog="python -m trainer.task",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    recommender = commands.add_parser(
        "recommender",
        help="train the two towers jointly from pixels",
        description="Trains the two towers jointly from pixels.",
    )
    recommender.add_argument("--data_dir", required=True, help="prepared data")
    RecommenderConfig.add_arguments(recommender)
    evaluation = commands.add_parser(
        "evaluate",
        help="rank the test items, beside the baselines",
        description="Ranks the test items, beside the baselines.",
    )
    Options.add_arguments(evaluation)
    for command in (recommender, evaluation):
        command.add_argument("--run_dir", required=True, help="of the run")
    args = parser.parse_args(argv)
    if args.command == "recommender":
        _recommender(args)
    else:
        run_evaluate(args)


def _recommender(args: argparse.Namespace) -> None:
    run = Run.start(
        args.run_dir, args.data_dir, RecommenderConfig.from_arguments(args)
    )
    train(run, verbose=1 if sys.stdout.isatty() else 2)
    print(
        f"trained into {run.run_dir}; next: "
        f"python -m trainer.task evaluate --run_dir {run.run_dir}"
    )


if __name__ == "__main__":
    run_command(main)

"""The `recommender` command of `trainer.task`: trains the two towers."""

import argparse
from typing import Any

from atelier.io import files
from atelier.io.errors import UserError
from trainer.recommender.config import RecommenderConfig
from trainer.training.cluster import verbosity
from trainer.training.cluster import worker_run_dir
from trainer.training.run import Run
from trainer.training.run_flags import add_training_dirs


def add_recommender(commands: Any) -> None:
    """Adds the `recommender` command to the subparsers of `trainer.task`."""
    parser = commands.add_parser(
        "recommender",
        help="train the two-tower recommender from images and interactions",
        description="Trains the two-tower recommender from images and "
        "interactions.",
    )
    RecommenderConfig.add_arguments(parser)
    add_training_dirs(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    config = RecommenderConfig.from_arguments(args)
    if config.weights and not files.exists(config.weights):
        raise UserError(f"--weights: there is no file {config.weights}")
    run = Run.start(worker_run_dir(args.run_dir), args.data_dir, config)
    # Imported when all flags are checked, because it takes seconds.
    from trainer.recommender.train import train

    train(run, verbosity())
    print(
        f"trained into {run.run_dir}; next: "
        f"python -m trainer.task evaluate --run_dir {run.run_dir}"
    )

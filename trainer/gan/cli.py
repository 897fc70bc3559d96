"""The `gan` command of `trainer.task`: trains a GAN."""

import argparse
from typing import Any

from trainer.gan.config import SAMPLES
from trainer.gan.config import GanConfig
from trainer.training.cluster import require_single_worker
from trainer.training.cluster import verbosity
from trainer.training.cluster import worker_run_dir
from trainer.training.run import Run
from trainer.training.run_flags import add_training_dirs


def add_gan(commands: Any) -> None:
    """Adds the `gan` command to the parser of `trainer.task`.

    Args:
        commands: Return value of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        "gan",
        help="train a network that generates new images of a category",
        description="Trains a network that generates new images of a category.",
    )
    GanConfig.add_arguments(parser)
    add_training_dirs(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    config = GanConfig.from_arguments(args)
    if config.max_seconds:
        require_single_worker("--max_seconds")
    run = Run.start(worker_run_dir(args.run_dir), args.data_dir, config)
    # Imported when all flags are checked, because it takes seconds.
    from trainer.gan.train import train_gan

    train_gan(run, verbosity())
    print(f"run folder: {run.run_dir}; the sample grids are in {SAMPLES}/")

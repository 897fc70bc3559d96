"""The `gan` command of `trainer.task`: trains a GAN."""

import argparse

from trainer.gan.config import GanConfig
from trainer.gan.sample_grid import FOLDER
from trainer.gan.train import train_gan
from trainer.training.distribution import verbosity
from trainer.training.distribution import worker_run_dir
from trainer.training.run import Run


def run_gan(args: argparse.Namespace) -> None:
    """Trains a GAN and prints the folder of its sample grids.

    Args:
        args: Parsed flags: `run_dir`, `data_dir` and the `GanConfig` fields.

    Raises:
        UserError: If the data, the run or a flag is invalid.
    """
    run = Run.start(
        worker_run_dir(args.run_dir),
        args.data_dir,
        GanConfig.from_arguments(args),
    )
    train_gan(run, verbosity())
    print(f"run folder: {run.run_dir}; the sample grids are in {FOLDER}/")

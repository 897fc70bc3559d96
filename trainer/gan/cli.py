"""The command that trains a GAN."""

import argparse

from trainer.gan.config import GanConfig
from trainer.gan.sample_grid import FOLDER
from trainer.gan.train import train
from trainer.training.distribution import verbosity
from trainer.training.distribution import worker_run_dir
from trainer.training.run import Run


def run_gan(args: argparse.Namespace) -> None:
    """Trains, and says where the designs are.

    Args:
        args: Parsed flags: `run_dir`, `data_dir`, and those of `GanConfig`.

    Raises:
        UserError: If the data, the run or a flag is wrong.
    """
    run = Run.start(
        worker_run_dir(args.run_dir),
        args.data_dir,
        GanConfig.from_arguments(args),
    )
    train(run, verbosity())
    print(f"trained into {run.run_dir}; grids of designs are in its {FOLDER}/")

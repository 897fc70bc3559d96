"""The command that trains a GAN."""

import argparse
import sys

from trainer.gan.config import GanConfig
from trainer.gan.sample_grid import FOLDER
from trainer.gan.train import train
from trainer.run import Run


def run_gan(args: argparse.Namespace) -> None:
    """Trains, and says where the designs are.

    Args:
        args: Parsed flags: `run_dir`, `data_dir`, and those of `GanConfig`.

    Raises:
        UserError: If the data, the run or a flag is wrong.
    """
    run = Run.start(args.run_dir, args.data_dir, GanConfig.from_arguments(args))
    train(run, verbose=1 if sys.stdout.isatty() else 2)
    print(f"trained into {run.run_dir}; grids of designs are in its {FOLDER}/")

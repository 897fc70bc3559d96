"""Flags of the runs that designs are made from."""

import argparse

from atelier.cli.flags import listed
from trainer.gan.config import GanConfig
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run
from trainer.training.run_flags import add_data_dirs


def add_run_arguments(
    parser: argparse.ArgumentParser, gan_required: bool = True
) -> None:
    """Adds the flags of the recommender and GAN run folders.

    Args:
        parser: Parser of the command.
        gan_required: Whether the command needs a GAN.
    """
    add = parser.add_argument
    add("--run_dir", required=True, help="folder of a recommender run")
    add(
        "--ensemble_run_dirs",
        type=listed,
        default=[],
        help="folders of further recommender runs on the same data, separated "
        "by commas, preferably with another --backbone, --seed or "
        "--image_size; designs maximize the mean preference of all runs "
        "(default: none)",
    )
    note = "" if gan_required else " (default: none, designs are composed)"
    add(
        "--gan_run_dir",
        required=gan_required,
        default="",
        help=f"folder of a GAN run{note}",
    )
    add_data_dirs(parser)


def run_dirs_of(args: argparse.Namespace) -> list[str]:
    """Returns the folders of all recommender runs, `--run_dir` first."""
    return [args.run_dir, *args.ensemble_run_dirs]


def check_runs(args: argparse.Namespace) -> None:
    """Checks the runs and their data sets before anything slow is imported.

    Args:
        args: Parsed flags of `add_run_arguments`.

    Raises:
        UserError: If a folder holds no such run, or a data set is missing.
    """
    for run_dir in run_dirs_of(args):
        Run.load(run_dir, RecommenderConfig, args.data_dirs).check_data()
    if args.gan_run_dir:
        Run.load(args.gan_run_dir, GanConfig)

"""Flags for the folders of runs and data sets."""

import argparse

from atelier.cli.flags import listed
from trainer.training.vertex import default_run_dir
from trainer.training.vertex import mounted


def add_run_dir(parser: argparse.ArgumentParser) -> None:
    """Adds `--run_dir`, optional on Vertex AI."""
    default = default_run_dir()
    parser.add_argument(
        "--run_dir",
        type=mounted,
        required=default is None,
        default=default,
        help="folder of the run: configuration, checkpoints, logs "
        "(default on Vertex AI: the output folder of the job)",
    )


def add_training_dirs(parser: argparse.ArgumentParser) -> None:
    """Adds `--data_dir` and `--run_dir` of a command that trains."""
    parser.add_argument(
        "--data_dir",
        type=mounted,
        required=True,
        help="folder of the prepared data set",
    )
    add_run_dir(parser)


def add_data_dirs(
    parser: argparse.ArgumentParser, flag: str = "--data_dir"
) -> None:
    """Adds the flag for data sets that moved; `data_dirs` is their list.

    Args:
        parser: Parser of a command that reads trained runs.
        flag: Name of the flag.
    """
    parser.add_argument(
        flag,
        dest="data_dirs",
        metavar="DATA_DIR",
        type=_folders,
        default=[],
        help="folder of the data set that the run was trained on, if it is no "
        "longer where run.json says; several, for runs on several data sets, "
        "are separated by commas",
    )


def _folders(text: str) -> list[str]:
    return [mounted(path) for path in listed(text)]

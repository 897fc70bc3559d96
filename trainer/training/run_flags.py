"""Flags for the folders of runs and data sets."""

import argparse
import dataclasses
from typing import Any

from atelier.cli.flags import Options
from atelier.cli.flags import listed
from atelier.cli.flags import option
from trainer.training.vertex_paths import default_run_dir
from trainer.training.vertex_paths import mounted


def data_dirs_option(flag: str = "--data_dir") -> Any:
    """Declares the field for the data sets of trained runs that moved.

    Args:
        flag: Name of the flag.
    """
    return option(
        (),
        "folder of the data set that the run was trained on, if it is no "
        "longer where run.json says; several, for runs on several data sets, "
        "are separated by commas",
        flag=flag,
        metavar="DATA_DIR",
        parse=lambda text: [mounted(path) for path in listed(text)],
        action="store",
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataDirsOptions(Options):
    """Folders of the data sets of trained runs, if they moved."""

    data_dirs: tuple[str, ...] = data_dirs_option()


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunDirOptions(Options):
    """Folder of a run, optional on Vertex AI."""

    run_dir: str = option(
        ...,
        "folder of the run: configuration, checkpoints, logs (default on "
        "Vertex AI: the output folder of the job)",
        parse=mounted,
    )

    @classmethod
    def add_arguments(
        cls, parser: argparse.ArgumentParser, **defaults: Any
    ) -> None:
        """Adds the flags, with the default that Vertex AI provides."""
        if run_dir := default_run_dir():
            defaults = {"run_dir": run_dir, **defaults}
        super().add_arguments(parser, **defaults)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingDirsOptions(RunDirOptions):
    """Folders of a command that trains."""

    data_dir: str = option(
        ..., "folder of the prepared data set", parse=mounted
    )

"""The `pretrain` command of `trainer.task`: pretrains a backbone."""

import argparse
from typing import Any

from trainer.attribute_pretraining.config import PretrainingConfig
from trainer.training.cluster import verbosity
from trainer.training.cluster import worker_run_dir
from trainer.training.run import Run
from trainer.training.run_flags import add_training_dirs


def add_pretrain(commands: Any) -> None:
    """Adds the `pretrain` command to the subparsers of `trainer.task`."""
    parser = commands.add_parser(
        "pretrain",
        help="train a backbone to predict item categories and attributes",
        description="Trains a backbone to predict the categories and "
        "attributes of items from their\nimages, for `recommender --weights`.",
    )
    PretrainingConfig.add_arguments(parser)
    add_training_dirs(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    config = PretrainingConfig.from_arguments(args)
    run = Run.start(worker_run_dir(args.run_dir), args.data_dir, config)
    # Imported when all flags are checked, because it takes seconds.
    from trainer.attribute_pretraining.train import pretrain

    path = pretrain(run, verbosity())
    print(
        f"pretrained into {path}; next: python -m trainer.task recommender "
        f"--data_dir {run.data_dir} --run_dir RUN --preset hybrid --backbone "
        f"{config.backbone} --weights {path}"
    )

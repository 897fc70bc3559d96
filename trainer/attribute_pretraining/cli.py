"""Command line of `pretrain`."""

import argparse

from trainer.attribute_pretraining.config import PretrainingConfig
from trainer.attribute_pretraining.train import pretrain
from trainer.training.distribution import verbosity
from trainer.training.distribution import worker_run_dir
from trainer.training.run import Run


def run_backbone(args: argparse.Namespace) -> None:
    """Pretrains a backbone and prints the command that uses its weights.

    Args:
        args: Parsed flags: `run_dir`, `data_dir` and those of
            `PretrainingConfig`.

    Raises:
        UserError: If the data, the run or a flag is invalid.
    """
    config = PretrainingConfig.from_arguments(args)
    run = Run.start(worker_run_dir(args.run_dir), args.data_dir, config)
    path = pretrain(run, verbosity())
    print(
        f"pretrained into {path}; next: python -m trainer.task recommender "
        f"--data_dir {run.data_dir} --run_dir RUN --preset hybrid --backbone "
        f"{config.backbone} --weights {path}"
    )

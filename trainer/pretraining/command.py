"""The command that pretrains a backbone."""

import argparse
import sys

from trainer.pretraining.config import PretrainingConfig
from trainer.pretraining.pretrain import pretrain
from trainer.run import Run


def run_backbone(args: argparse.Namespace) -> None:
    """Trains, and says what to do with the weights.

    Args:
        args: Parsed flags: `run_dir`, `data_dir`, and those of
            `PretrainingConfig`.

    Raises:
        UserError: If the data, the run or a flag is wrong.
    """
    config = PretrainingConfig.from_arguments(args)
    run = Run.start(args.run_dir, args.data_dir, config)
    path = pretrain(run, verbose=1 if sys.stdout.isatty() else 2)
    print(
        f"pretrained into {path}; next: python -m trainer.task recommender "
        f"--data_dir {run.data_dir} --run_dir RUN --preset hybrid --backbone "
        f"{config.backbone} --weights {path}"
    )

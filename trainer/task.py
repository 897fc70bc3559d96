"""Trains and evaluates models, on a laptop or in a cloud job."""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import argparse

from atelier.cli.flags import command_parser
from atelier.cli.keras_settings import use_tensorflow
from atelier.cli.run_command import run_command
from trainer.attribute_pretraining.cli import PRETRAIN
from trainer.design.cli import DESIGN
from trainer.design.compare_cli import COMPARE_DESIGNS
from trainer.design.rate_cli import RATE_DESIGNS
from trainer.evaluation.cli import EVALUATE
from trainer.gan.cli import GAN
from trainer.gan.evaluate_cli import EVALUATE_GAN
from trainer.recommender.cli import RECOMMENDER
from trainer.tuning.cli import TUNE

COMMANDS = (
    RECOMMENDER,
    EVALUATE,
    PRETRAIN,
    GAN,
    EVALUATE_GAN,
    DESIGN,
    COMPARE_DESIGNS,
    RATE_DESIGNS,
    TUNE,
)
EPILOG = """\
examples:
  train and evaluate, with a preset that fits the data:
    python -m trainer.task recommender --data_dir runs/demo/data \\
      --run_dir runs/demo/recommender
    python -m trainer.task evaluate --run_dir runs/demo/recommender

  the DVBPR paper's network and settings (needs a GPU, and data prepared with
  --image_size 224):
    python -m trainer.task recommender --data_dir DATA --run_dir RUN \\
      --preset dvbpr

  a backbone first trained to predict the item attributes:
    python -m trainer.task pretrain --data_dir DATA --run_dir BACKBONE
    python -m trainer.task recommender --data_dir DATA --run_dir RUN \\
      --weights BACKBONE/backbone.npz

  find the best learning rate and embedding size in 20 trials:
    python -m trainer.task tune --data_dir DATA --run_dir SEARCH \\
      --trials 20 --search 'learning_rate=1e-4..1e-2:log,embedding_dim=32|64'

  train a GAN, in hours; grids of generated images go to RUN/samples:
    python -m trainer.task gan --data_dir DATA --run_dir RUN

  the GAN of the paper's released code:
    python -m trainer.task gan --data_dir DATA --run_dir RUN --preset paper

The same command with the same --run_dir resumes from the last checkpoint.
"""


def main(argv: list[str] | None = None) -> None:
    """Runs the subcommand that the command line names.

    Args:
        argv: Command-line arguments; `sys.argv[1:]` if None.

    Raises:
        UserError: If the data set, the run or a flag is invalid.
    """
    use_tensorflow()
    args = build_parser().parse_args(argv)
    args.run(args)


def build_parser() -> argparse.ArgumentParser:
    """Returns the argument parser with all subcommands."""
    parser = command_parser("python -m trainer.task", __doc__, EPILOG)
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND"
    )
    for command in COMMANDS:
        command.add_to(commands)
    return parser


if __name__ == "__main__":
    run_command(main)

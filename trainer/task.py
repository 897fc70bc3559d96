"""Trains and evaluates models, on a laptop or in a cloud job."""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import argparse

from atelier.cli.run_command import run_command
from trainer.attribute_pretraining.cli import run_backbone
from trainer.attribute_pretraining.config import PretrainingConfig
from trainer.design.cli import add_design
from trainer.design.compare_cli import add_compare_designs
from trainer.evaluation.cli import run_evaluate
from trainer.evaluation.config import EvaluationConfig
from trainer.gan.cli import run_gan
from trainer.gan.config import GanConfig
from trainer.gan.evaluate_cli import add_evaluate_gan
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.train import train
from trainer.training.distribution import verbosity
from trainer.training.distribution import worker_run_dir
from trainer.training.run import Run
from trainer.training.vertex import default_run_dir
from trainer.training.vertex import mounted
from trainer.tuning.cli import add_search

EPILOG = """\
examples:
  train and evaluate on a laptop, in minutes:
    python -m trainer.task recommender --data_dir runs/demo/data \\
      --run_dir runs/demo/recommender
    python -m trainer.task evaluate --run_dir runs/demo/recommender

  the DVBPR paper's network and settings (needs a GPU, and data prepared with
  --image_size 224):
    python -m trainer.task recommender --data_dir DATA --run_dir RUN \\
      --preset dvbpr

  pretrained backbone, history tower, item embeddings and EASE (the most
  accurate preset):
    python -m trainer.task recommender --data_dir DATA --run_dir RUN \\
      --preset hybrid

  the same, with a backbone first trained to predict the item attributes:
    python -m trainer.task pretrain --data_dir DATA --run_dir BACKBONE
    python -m trainer.task recommender --data_dir DATA --run_dir RUN \\
      --preset hybrid --weights BACKBONE/backbone.npz

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
    args = build_parser().parse_args(argv)
    args.run(args)


def build_parser() -> argparse.ArgumentParser:
    """Returns the argument parser with all subcommands."""
    parser = argparse.ArgumentParser(
        prog="python -m trainer.task",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    recommender = commands.add_parser(
        "recommender",
        help="train the two-tower recommender from images and interactions",
        description="Trains the two-tower recommender from images and "
        "interactions.",
    )
    RecommenderConfig.add_arguments(recommender)
    recommender.set_defaults(run=_recommender)
    evaluation = commands.add_parser(
        "evaluate",
        help="measure a recommender on the test items, beside the baselines",
        description="Measures a recommender on the held-out test items, "
        "beside the baselines.",
    )
    EvaluationConfig.add_arguments(evaluation)
    evaluation.set_defaults(run=run_evaluate)
    backbone = commands.add_parser(
        "pretrain",
        help="train a backbone to predict item categories and attributes",
        description="Trains a backbone to predict the categories and "
        "attributes of items from their images, for `recommender --weights`.",
    )
    PretrainingConfig.add_arguments(backbone)
    backbone.set_defaults(run=run_backbone)
    gan = commands.add_parser(
        "gan",
        help="train a network that generates new images of a category",
        description="Trains a network that generates new images of a category.",
    )
    GanConfig.add_arguments(gan)
    gan.set_defaults(run=run_gan)
    search = add_search(commands)
    add_evaluate_gan(commands)
    add_design(commands)
    add_compare_designs(commands)
    for command in (recommender, backbone, gan, search):
        command.add_argument(
            "--data_dir",
            type=mounted,
            required=True,
            help="folder of the prepared data set",
        )
    default = default_run_dir()
    for command in (recommender, evaluation, backbone, gan, search):
        command.add_argument(
            "--run_dir",
            type=mounted,
            required=default is None,
            default=default,
            help="folder of the run: configuration, checkpoints, logs "
            "(default on Vertex AI: the output folder of the job)",
        )
    return parser


def _recommender(args: argparse.Namespace) -> None:
    run = Run.start(
        worker_run_dir(args.run_dir),
        args.data_dir,
        RecommenderConfig.from_arguments(args),
    )
    train(run, verbosity())
    print(
        f"trained into {run.run_dir}; next: "
        f"python -m trainer.task evaluate --run_dir {run.run_dir}"
    )


if __name__ == "__main__":
    run_command(main)

"""Trains and evaluates models; the entry of a laptop and of a cloud job."""

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
from trainer.evaluation.config import Options
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
  a laptop, minutes:
    python -m trainer.task recommender --data_dir runs/demo/data \\
      --run_dir runs/demo/recommender
    python -m trainer.task evaluate --run_dir runs/demo/recommender

  the paper's network and settings (prepare with --image_size 224; a GPU):
    python -m trainer.task recommender --data_dir DATA --run_dir RUN \\
      --preset dvbpr

  pretrained network, history tower, item factors (the best of ours):
    python -m trainer.task recommender --data_dir DATA --run_dir RUN \\
      --preset hybrid

  its network taught the attributes of the shop first:
    python -m trainer.task pretrain --data_dir DATA --run_dir BACKBONE
    python -m trainer.task recommender --data_dir DATA --run_dir RUN \\
      --preset hybrid --weights BACKBONE/backbone.npz

  which learning rate and width are best, in 20 trials:
    python -m trainer.task tune --data_dir DATA --run_dir SEARCH \\
      --trials 20 --search 'learning_rate=1e-4..1e-2:log,embedding_dim=32|64'

  a GAN, hours; grids of designs in RUN/samples:
    python -m trainer.task gan --data_dir DATA --run_dir RUN

  the GAN of the paper's released code:
    python -m trainer.task gan --data_dir DATA --run_dir RUN --preset paper

The same command on the same --run_dir goes on from the last checkpoint.
"""


def main(argv: list[str] | None = None) -> None:
    """Runs a subcommand; see `--help`.

    Raises:
        UserError: If the data, the run or a flag is wrong.
    """
    args = build_parser().parse_args(argv)
    args.run(args)


def build_parser() -> argparse.ArgumentParser:
    """Returns the parser of all subcommands."""
    parser = argparse.ArgumentParser(
        prog="python -m trainer.task",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    recommender = commands.add_parser(
        "recommender",
        help="train the two towers jointly from pixels",
        description="Trains the two towers jointly from pixels.",
    )
    RecommenderConfig.add_arguments(recommender)
    recommender.set_defaults(run=_recommender)
    evaluation = commands.add_parser(
        "evaluate",
        help="rank the test items, beside the baselines",
        description="Ranks the test items, beside the baselines.",
    )
    Options.add_arguments(evaluation)
    evaluation.set_defaults(run=run_evaluate)
    backbone = commands.add_parser(
        "pretrain",
        help="teach a network what the shop says of its photos",
        description="Teaches a network what the shop says of its photos, for "
        "`recommender --weights`.",
    )
    PretrainingConfig.add_arguments(backbone)
    backbone.set_defaults(run=run_backbone)
    gan = commands.add_parser(
        "gan",
        help="train a network that draws new photos of a category",
        description="Trains a network that draws new photos of a category.",
    )
    GanConfig.add_arguments(gan)
    gan.set_defaults(run=run_gan)
    search = add_search(commands)
    add_evaluate_gan(commands)
    add_design(commands)
    add_compare_designs(commands)
    for command in (recommender, backbone, gan, search):
        command.add_argument(
            "--data_dir", type=mounted, required=True, help="prepared data"
        )
    default = default_run_dir()
    for command in (recommender, evaluation, backbone, gan, search):
        command.add_argument(
            "--run_dir",
            type=mounted,
            required=default is None,
            default=default,
            help="of the run (default: on Vertex AI, the job's output)",
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

"""Exports trained runs as SavedModels for TF Serving."""

import argparse
import dataclasses
from typing import Any

import tensorflow as tf

from export.blessing import bless
from export.blessing import check_auc
from export.publish import newest_metadata
from export.publish import publish
from export.recommender import Recommender
from export.warm_up import write_warm_up
from records import results
from records.errors import UserError
from records.errors import run_command
from trainer.run import Run
from trainer.trained import load_trained

MODEL = "recommender"
EPILOG = """\
A version is published if a process that loads it as TF Serving does gets the
answers that the trainer gives; else the old one stays, and the reason is told.

example:
  python -m export.task recommender --run_dir runs/demo/recommender \\
    --model_dir runs/demo/models/recommender
"""


def main(argv: list[str] | None = None) -> None:
    """Runs a subcommand; see `--help`.

    Raises:
        UserError: If the run is not trained or a flag is wrong.
    """
    parser = argparse.ArgumentParser(
        prog="python -m export.task",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    recommender = commands.add_parser(
        "recommender",
        help="publish the two towers as a new version",
        description="Publishes the two towers as a new version.",
    )
    recommender.add_argument("--run_dir", required=True, help="a trained run")
    recommender.add_argument(
        "--model_dir", required=True, help="folder of all versions"
    )
    recommender.add_argument(
        "--top_k", type=int, default=50, help="length of lists (default: 50)"
    )
    recommender.add_argument(
        "--min_auc",
        type=float,
        default=0.0,
        help="refuse a model whose AUC on the test items is less",
    )
    recommender.add_argument(
        "--max_drop",
        type=float,
        default=1.0,
        help="refuse a model whose AUC is so much below that of the version "
        "now published",
    )
    args = parser.parse_args(argv)
    if args.top_k < 1:
        raise UserError(f"--top_k must be positive, got {args.top_k}")
    export_recommender(
        args.run_dir, args.model_dir, args.top_k, args.min_auc, args.max_drop
    )


def export_recommender(
    run_dir: str,
    model_dir: str,
    top_k: int,
    min_auc: float = 0.0,
    max_drop: float = 1.0,
) -> str:
    """Publishes a trained run.

    Args:
        run_dir: The run.
        model_dir: Folder of all versions.
        top_k: Length of every list.
        min_auc: As `check_auc` takes it.
        max_drop: As `check_auc` takes it.

    Returns:
        The folder of the new version.

    Raises:
        UserError: If the run is not trained, its data set is gone, or the
            version does not pass its checks.
    """
    run, metrics = Run.load(run_dir), _metrics(run_dir)
    before = newest_metadata(model_dir)
    check_auc(metrics, before and before["metrics"], min_auc, max_drop)
    module = Recommender(run, load_trained(run), top_k)

    signatures, examples = module.signatures(), module.examples()

    def save(path: str) -> None:
        tf.saved_model.save(module, path, signatures=signatures)
        write_warm_up(path, MODEL, examples)

    version = publish(
        model_dir,
        save,
        {
            "model": MODEL,
            "top_k": top_k,
            "run": dataclasses.asdict(run),
            "metrics": metrics,
        },
        check=lambda path: bless(path, examples, list(signatures)),
    )
    print(
        f"published {version}; next: python -m serving.server "
        f"--model recommender={model_dir}"
    )
    return version


def _metrics(run_dir: str) -> Any:
    """Returns what `trainer.task evaluate` wrote, None if it was not run."""
    if not results.exists(run_dir, results.METRICS):
        return None
    return results.read_json(run_dir, results.METRICS)


if __name__ == "__main__":
    run_command(main)

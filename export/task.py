"""Exports trained runs as SavedModels for TF Serving."""

import argparse
import dataclasses

import tensorflow as tf

from export.publish import publish
from export.recommender import Recommender
from records import results
from records.errors import UserError
from records.errors import run_command
from trainer.run import Run
from trainer.trained import load_trained

EPILOG = """\
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
    args = parser.parse_args(argv)
    if args.top_k < 1:
        raise UserError(f"--top_k must be positive, got {args.top_k}")
    export_recommender(args.run_dir, args.model_dir, args.top_k)


def export_recommender(run_dir: str, model_dir: str, top_k: int) -> str:
    """Publishes a trained run.

    Args:
        run_dir: The run.
        model_dir: Folder of all versions.
        top_k: Length of every list.

    Returns:
        The folder of the new version.

    Raises:
        UserError: If the run is not trained or its data set is gone.
    """
    run = Run.load(run_dir)
    module = Recommender(run, load_trained(run), top_k)

    def save(path: str) -> None:
        tf.saved_model.save(module, path, signatures=module.signatures())

    version = publish(
        model_dir,
        save,
        {
            "model": "recommender",
            "top_k": top_k,
            "run": dataclasses.asdict(run),
            "metrics": _metrics(run_dir),
        },
    )
    print(
        f"published {version}; next: python -m serving.server "
        f"--model recommender={model_dir}"
    )
    return version


def _metrics(run_dir: str) -> object:
    """Returns what `trainer.task evaluate` wrote, None if it was not run."""
    if not results.exists(run_dir, results.METRICS):
        return None
    return results.read_json(run_dir, results.METRICS)


if __name__ == "__main__":
    run_command(main)

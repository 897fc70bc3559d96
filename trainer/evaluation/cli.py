"""Command line of `evaluate`."""

import argparse
import shutil
import textwrap

from atelier.schema import run_artifacts
from atelier.schema.model_names import FOLD_IN
from atelier.schema.model_names import TWO_TOWER
from trainer.evaluation import format_tables
from trainer.evaluation.config import EvaluationConfig
from trainer.evaluation.evaluate import evaluate
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


def run_evaluate(args: argparse.Namespace) -> None:
    """Evaluates a run and prints its metrics and the next command.

    Args:
        args: Parsed flags: `run_dir` and those of `EvaluationConfig`.

    Raises:
        UserError: If the run cannot be evaluated or an option is invalid.
    """
    run = Run.load(args.run_dir, RecommenderConfig)
    evaluation = evaluate(run, EvaluationConfig.from_arguments(args))
    width = shutil.get_terminal_size().columns
    print(format_tables.text(evaluation, width))
    note = (
        f"Protocol: {evaluation.protocol}; ± is half the width of the 95 % "
        "confidence interval."
    )
    if FOLD_IN in evaluation.models:
        note += (
            f" {FOLD_IN!r} knows a user only by their training items, like "
            f"a new user; {TWO_TOWER!r} uses the learned vector of the user id."
        )
    print(f"\n{textwrap.fill(note, width)}\n")
    files = ", ".join(
        (
            run_artifacts.PAGE,
            run_artifacts.TABLES,
            run_artifacts.MODEL_CARD,
            run_artifacts.METRICS,
        )
    )
    print(f"written to {run.run_dir}: {files}")
    print(f"next: python -m export.task recommender --run_dir {run.run_dir}")

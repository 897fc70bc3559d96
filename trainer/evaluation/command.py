"""The command that evaluates a run."""

import argparse
import shutil
import textwrap

from records import results
from trainer.evaluation import tables
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.exams_of_run import FOLDED_IN
from trainer.evaluation.exams_of_run import OURS
from trainer.evaluation.options import Options
from trainer.run import Run


def run_evaluate(args: argparse.Namespace) -> None:
    """Evaluates, and says what was found and what to do next.

    Args:
        args: Parsed flags: `run_dir`, and those of `Options`.

    Raises:
        UserError: If the run or an option is wrong.
    """
    run = Run.load(args.run_dir)
    evaluation = evaluate(run, Options.from_arguments(args))
    width = shutil.get_terminal_size().columns
    print(tables.text(evaluation, width))
    note = f"Protocol: {evaluation.protocol}; ± is half of the 95 % interval."
    if FOLDED_IN in evaluation.models:
        note += (
            f" {FOLDED_IN!r} knows a person only by the items they took, "
            f"{OURS!r} by id."
        )
    print(f"\n{textwrap.fill(note, width)}\n")
    files = ", ".join(
        (results.PAGE, results.TABLES, results.MODEL_CARD, results.METRICS)
    )
    print(f"written to {run.run_dir}: {files}")
    print(f"next: python -m export.task recommender --run_dir {run.run_dir}")

"""The `evaluate` command of `trainer.task`."""

import dataclasses
import shutil
import textwrap

from atelier.cli.commands import command_text
from atelier.cli.flags import Command
from atelier.schema import paths
from atelier.schema import run_artifacts
from atelier.schema.model_names import FOLD_IN
from atelier.schema.model_names import TWO_TOWER
from trainer.evaluation.config import EvaluationConfig
from trainer.evaluation.verdict import is_worse
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run
from trainer.training.run_flags import DataDirsOptions
from trainer.training.run_flags import RunDirOptions


@dataclasses.dataclass(frozen=True, kw_only=True)
class EvaluatedRunOptions(RunDirOptions, DataDirsOptions):
    """Folders of the evaluated run and its data set."""


def _run(config: EvaluationConfig, dirs: EvaluatedRunOptions) -> None:
    run = Run.load(dirs.run_dir, RecommenderConfig, dirs.data_dirs)
    run.check_data()
    # Imported when all flags are checked, because it takes seconds.
    from trainer.evaluation import format_tables
    from trainer.evaluation.evaluate import evaluate

    evaluation = evaluate(run, config)
    width = shutil.get_terminal_size().columns
    print(f"{textwrap.fill(evaluation.verdict, width)}\n")
    print(format_tables.text(evaluation, width))
    note = f"Protocol: {evaluation.protocol}. {format_tables.NOTE}."
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
    model_dir = paths.beside(run.run_dir, "models", "recommender")
    export = command_text(
        *("export recommender", "--run_dir", run.run_dir),
        *("--model_dir", model_dir),
    )
    if is_worse(evaluation.models, evaluation.rivals):
        print(
            "next: what the first sentence advises; to publish the model all "
            f"the same: {export}"
        )
    else:
        print(f"next: {export}")


EVALUATE = Command(
    "evaluate",
    _run,
    (EvaluationConfig, EvaluatedRunOptions),
    summary="measure a recommender on the test items, beside the baselines",
    description="Measures a recommender on the held-out test items, "
    "beside the baselines.",
)

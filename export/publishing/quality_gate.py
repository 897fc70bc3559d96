"""Quality gate: checks the metrics of a run before it is published."""

import logging
from typing import Any

from atelier.io import json_files
from atelier.schema import run_artifacts
from atelier.schema.manifest import Manifest
from export.publishing.blessing import check_auc
from export.publishing.blessing import check_better
from export.publishing.version import newest_version
from trainer.evaluation.config import EvaluationConfig
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.verdict import NO_RIVAL
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run

_logger = logging.getLogger(__name__)


def check_quality(
    run: Run[RecommenderConfig],
    model_dir: str,
    *,
    better_than: str,
    min_auc: float,
    max_drop: float,
) -> None:
    """Checks a run against a baseline, a minimum and the served version.

    Args:
        run: Trained run; it is evaluated first if it is not evaluated.
        model_dir: Folder of all versions of the model; it may not exist.
        better_than: Baseline that the model must not be significantly worse
            than, one of `verdict.RIVALS`; "none" turns the check off.
        min_auc: Minimum AUC on all test items; 0 turns the check off.
        max_drop: Maximum decrease of the AUC against the served version; 1
            turns the check off.

    Raises:
        UserError: If a check fails, or the metrics to check are missing or not
            comparable.
    """
    served = newest_version(model_dir)
    if better_than != NO_RIVAL:
        _check_better(run, better_than)
    check_auc(
        read_metrics(run.run_dir),
        served.metadata if served else None,
        min_auc,
        max_drop,
    )


def read_metrics(run_dir: str) -> Any:
    """Returns the metrics of `trainer.task evaluate`, None if not evaluated.

    Args:
        run_dir: Folder of the run.
    """
    if not json_files.exists(run_dir, run_artifacts.METRICS):
        return None
    return json_files.read_json(run_dir, run_artifacts.METRICS)


def _check_better(run: Run[RecommenderConfig], better_than: str) -> None:
    """Checks a run against a baseline; evaluates it if it is not evaluated.

    Raises:
        UserError: If the run is significantly worse, or not comparable.
    """
    if not Manifest.read(run.data_dir).counts.get("test"):
        _logger.warning(
            f"{run.data_dir} holds out no test item, so the model is not "
            f"compared with {better_than}"
        )
        return
    if not json_files.exists(run.run_dir, run_artifacts.METRICS):
        _logger.info(
            f"{run.run_dir} is not evaluated; evaluating it beside "
            f"{better_than} (--better_than {NO_RIVAL}: no check)"
        )
        evaluate(run, EvaluationConfig(baselines=better_than))
    check_better(read_metrics(run.run_dir), better_than, run.run_dir)

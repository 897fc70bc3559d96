"""Evaluation section of the report: metrics and training curves."""

import dataclasses
import re
from typing import Any

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import run_artifacts

GROUPS = ("all", "cold")
METRICS = re.compile(r"auc|hr@\d+|ndcg@\d+")
"""Pattern of the metrics that the report shows."""


@dataclasses.dataclass(frozen=True)
class Point:
    """A point of a curve.

    Attributes:
        x: Position, as a fraction of the chart's width.
        y: Position from the bottom, as a fraction of the chart's height.
        tip: Tooltip with the epoch and the value.
    """

    x: float
    y: float
    tip: str


@dataclasses.dataclass(frozen=True)
class Curve:
    """A metric over the epochs of training.

    Attributes:
        title: Title of the chart.
        points: A point per epoch.
        low: Label of the lower end of the vertical axis.
        high: Label of its upper end.
    """

    title: str
    points: list[Point]
    low: str
    high: str


def read_figures(run_dir: str) -> dict[str, Any]:
    """Reads the metrics and the training curves of a run.

    Args:
        run_dir: Folder of the evaluated run.

    Returns:
        Template variables: `evaluation`, `groups`, `metrics` and `curves`.

    Raises:
        UserError: if the run was not evaluated, or by an earlier version.
    """
    evaluation = json_files.read_json(run_dir, run_artifacts.METRICS)
    if "holm" not in evaluation:
        raise UserError(
            f"{run_dir} was evaluated by an earlier version; run `python -m "
            f"trainer.task evaluate --run_dir {run_dir}` again"
        )
    first = next(iter(evaluation["models"].values()))
    history = json_files.read_json_lines(run_dir, run_artifacts.HISTORY)
    losses = [row["loss"] for row in history]
    aucs = [row["val_auc"] for row in history]
    return {
        "evaluation": evaluation,
        "groups": [name for name in GROUPS if name in first],
        "metrics": [name for name in first["all"] if METRICS.fullmatch(name)],
        "curves": [
            _curve("Training loss", losses, min(losses)),
            _curve(
                "AUC on validation items (0.5 is chance)",
                aucs,
                min(0.5, *aucs),
            ),
        ],
    }


def _curve(title: str, values: list[float], low: float) -> Curve:
    """Places the values of the epochs on a chart from `low` to their maximum.

    Args:
        title: Title of the chart.
        values: Value of each epoch.
        low: Lower end of the vertical axis, at most the least value.
    """
    high = max(values)
    return Curve(
        title,
        [
            Point(
                x=epoch / max(1, len(values) - 1),
                y=(value - low) / ((high - low) or 1.0),
                tip=f"epoch {epoch + 1}: {value:.3f}",
            )
            for epoch, value in enumerate(values)
        ],
        f"{low:.3f}",
        f"{high:.3f}",
    )

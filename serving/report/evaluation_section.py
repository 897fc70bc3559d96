"""Evaluation section of the report: metrics and training curves."""

import io
import re
from typing import Any

import matplotlib

from atelier.io import json_files
from atelier.schema import run_artifacts
from serving.report.data import data_uri

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  After the choice of canvas.

GROUPS = ("all", "cold")
METRICS = re.compile(r"auc|hr@\d+|ndcg@\d+")
"""Pattern of the metrics that the report shows."""


def read_figures(run_dir: str) -> dict[str, Any]:
    """Reads the metrics and draws the training curves of a run.

    Args:
        run_dir: Folder of the evaluated run.

    Returns:
        Template variables: `evaluation`, `groups`, `metrics` and `curves`.

    Raises:
        UserError: if the run was not evaluated.
    """
    evaluation = json_files.read_json(run_dir, run_artifacts.METRICS)
    first = next(iter(evaluation["models"].values()))
    return {
        "evaluation": evaluation,
        "groups": [name for name in GROUPS if name in first],
        "metrics": [name for name in first["all"] if METRICS.fullmatch(name)],
        "curves": _curves(
            json_files.read_json_lines(run_dir, run_artifacts.HISTORY)
        ),
    }


def _curves(history: list[dict[str, float]]) -> str:
    """Plots training loss and validation AUC per epoch, as a data URI."""
    epochs = [row["epoch"] for row in history]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 3.2))
    left.plot(epochs, [row["loss"] for row in history], color="#b4540a")
    left.set_title("Training loss")
    right.plot(epochs, [row["val_auc"] for row in history], color="#16803c")
    right.axhline(0.5, color="#999", linestyle="--", linewidth=1)
    right.set_title("AUC on validation items (dashed: chance)")
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.tight_layout()
    image = io.BytesIO()
    figure.savefig(image, format="svg")
    pyplot.close(figure)
    return data_uri("svg+xml", image.getvalue())

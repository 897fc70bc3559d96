"""Verdict of an evaluation: one sentence on our model and the best baseline.

Imports no TensorFlow: `export.task` reads the outcome from `metrics.json`.
"""

import dataclasses
from collections.abc import Mapping

from atelier.io import json_files
from atelier.schema import run_artifacts
from atelier.schema.manifest import Manifest
from atelier.schema.model_names import TWO_TOWER
from atelier.schema.model_names import name_of
from trainer.recommender.config import BEST_METRIC
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run

RIVALS = ("popularity", "ease", "vis_rank")
"""Baselines of the verdict; a model that none of them beats is worth it."""

NO_RIVAL = "none"
"""Value of `--better_than` for no comparison."""

Tests = Mapping[str, Mapping[str, float]]
"""Paired tests against a baseline by metric, as in `Comparison.groups`."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Outcome of the comparison with a baseline.

    Attributes:
        sign: 1 if our model is significantly better, -1 if it is significantly
            worse, 0 if they do not differ significantly.
        metric: Metric that decides.
    """

    sign: int
    metric: str


def outcome(tests: Tests) -> Outcome:
    """Returns the outcome in NDCG; where it does not differ, in AUC.

    A list shows its first items, so their order decides. A model without a hit
    in any list, such as one of few data, still differs in AUC. A difference
    counts if its 95 % interval excludes zero.

    Args:
        tests: Paired tests by metric.
    """
    ndcg = next(name for name in tests if name.startswith("ndcg@"))
    for metric in (ndcg, "auc"):
        if tests[metric]["low"] > 0 or tests[metric]["high"] < 0:
            return Outcome(1 if tests[metric]["low"] > 0 else -1, metric)
    return Outcome(0, ndcg)


def best_rival(
    models: Mapping[str, Mapping[str, Mapping[str, float]]],
    rivals: Mapping[str, Tests],
) -> str | None:
    """Returns the rival with the highest NDCG, then AUC; None without rivals.

    Args:
        models: Means over users, by model, group and metric.
        rivals: Paired tests on all items, by baseline.
    """

    def merit(rival: str) -> tuple[float, float]:
        means = models[rival]["all"]
        ndcg = next(name for name in means if name.startswith("ndcg@"))
        return means[ndcg], means["auc"]

    return max(rivals, key=merit, default=None)


def is_worse(
    models: Mapping[str, Mapping[str, Mapping[str, float]]],
    rivals: Mapping[str, Tests],
) -> bool:
    """Returns whether our model is significantly worse than the best rival.

    Args:
        models: Means over users, by model, group and metric.
        rivals: Paired tests on all items, by baseline.
    """
    rival = best_rival(models, rivals)
    return rival is not None and outcome(rivals[rival]).sign < 0


def verdict(
    models: Mapping[str, Mapping[str, Mapping[str, float]]],
    rivals: Mapping[str, Tests],
    advice: str,
) -> str:
    """Returns the verdict: better or worse than the best rival, by how much.

    Args:
        models: Means over users, by model, group and metric.
        rivals: Paired tests on all items, by baseline.
        advice: Clause on what to try if the model is not better.
    """
    rival = best_rival(models, rivals)
    if rival is None:
        return (
            f"Not compared: evaluate it beside {_listed(RIVALS)} "
            "(--baselines) to see whether it is worth publishing."
        )
    result = outcome(rivals[rival])
    test = rivals[rival][result.metric]
    ours, theirs = (
        models[name]["all"][result.metric] for name in (TWO_TOWER, rival)
    )
    lead = {
        1: "Better than",
        0: "Not significantly better than",
        -1: "Do not publish: worse than",
    }
    others = f", the best of {_listed(rivals)}," if len(rivals) > 1 else ""
    return (
        f"{lead[result.sign]} {name_of(rival)}{others} in "
        f"{result.metric.upper()}: {ours:#.3g} against {theirs:#.3g}, "
        f"{test['difference']:+.4f} (95 % interval {test['low']:+.4f} to "
        f"{test['high']:+.4f})" + (f"; {advice}." if result.sign < 1 else ".")
    )


def remedy(run: Run[RecommenderConfig]) -> str:
    """Returns what to try if the model of a run is not better, as a clause."""
    if run.config.trains_backbone:
        return (
            "train with --preset auto, whose network is pretrained, and "
            "another --run_dir"
        )
    num_train = Manifest.read(run.data_dir).counts["train"]
    advice = f"give it more data than {num_train:,} training interactions"
    if json_files.exists(run.run_dir, run_artifacts.HISTORY):
        epochs = json_files.read_json_lines(run.run_dir, run_artifacts.HISTORY)
        best = max(epochs, key=lambda row: row[BEST_METRIC])["epoch"]
        if best == len(epochs):
            return (
                "its last epoch was its best, so train on with --epochs "
                f"{2 * best} and the same --run_dir"
            )
        advice += f", because it was best after epoch {best} of {len(epochs)}"
    return advice


def _listed(rivals: Mapping[str, Tests] | tuple[str, ...]) -> str:
    """Joins the names of baselines: "A", "A and B", "A, B and C"."""
    *most, last = map(name_of, rivals)
    return f"{', '.join(most)} and {last}" if most else last

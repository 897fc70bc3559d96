"""Verdict of an evaluation: one sentence on our model and a baseline."""

from collections.abc import Mapping

from atelier.schema.model_names import name_of
from trainer.evaluation.results import Comparison


def verdict(
    models: Mapping[str, Mapping[str, Mapping[str, float]]],
    comparison: Comparison | None,
    k: int,
) -> str:
    """Returns the verdict in AUC, HR and NDCG, by the paired test on all items.

    A difference counts if its 95 % interval excludes zero.

    Args:
        models: Means over users, by model, group and metric.
        comparison: The paired test; None without a baseline.
        k: Length of the lists.
    """
    if comparison is None:
        return "No baseline was evaluated, so there is nothing to compare with."
    ours = models[comparison.model]["all"]
    theirs = models[comparison.baseline]["all"]
    outcomes: dict[str, list[str]] = {}
    for name in ("auc", f"hr@{k}", f"ndcg@{k}"):
        test = comparison.groups["all"][name]
        outcome = (
            "beats"
            if test["low"] > 0
            else "loses to"
            if test["high"] < 0
            else "does not differ significantly from"
        )
        outcomes.setdefault(outcome, []).append(
            f"{name.upper()} ({ours[name]:#.3g} against {theirs[name]:#.3g})"
        )
    clauses = [
        f"{outcome} {'it' if index else name_of(comparison.baseline)} in "
        + _listed(metrics)
        for index, (outcome, metrics) in enumerate(outcomes.items())
    ]
    return f"{name_of(comparison.model)} {_listed(clauses)}."


def _listed(parts: list[str]) -> str:
    """Joins parts of a sentence: "a", "a and b", "a, b and c"."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last

"""Results of an evaluation: means, 95 % intervals and the paired test."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from trainer.evaluation.eval_set import EvalSet
from trainer.evaluation.eval_set import ModelResult
from trainer.metrics.ranking import bootstrap

Values = dict[str, np.ndarray]
"""Metrics of each user of a group, float [users]."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Paired test of our model against a baseline.

    Attributes:
        model: Name of our model.
        baseline: Name of the baseline.
        groups: Results by group and metric: the mean `difference` over users,
            its 95 % interval from `low` to `high`, and the p-value `p`.
    """

    model: str
    baseline: str
    groups: dict[str, dict[str, dict[str, float]]]


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Metrics of all models on held-out pairs.

    Attributes:
        test_interactions: Number of held-out pairs, by group.
        num_users: Number of users of these pairs, by group.
        identical_slices: Names of further groups with the same pairs and
            therefore the same metrics, by group.
        models: Means over users, by model, group and metric.
        intervals: 95 % intervals [low, high], by model, group and metric.
        comparison: The paired test; None without a baseline.
        protocol: Evaluation protocol, as text.
        cpu_minutes: CPU minutes of training, by model, where it is known.
        rivals: Paired tests of our model on all items against each baseline of
            the verdict, by baseline and metric; see `Comparison.groups`.
        verdict: One sentence: whether our model is better than the rivals.
    """

    test_interactions: dict[str, int]
    num_users: dict[str, int]
    identical_slices: dict[str, list[str]]
    models: dict[str, dict[str, dict[str, float]]]
    intervals: dict[str, dict[str, dict[str, list[float]]]]
    comparison: Comparison | None
    protocol: str
    cpu_minutes: dict[str, float] = dataclasses.field(default_factory=dict)
    rivals: dict[str, dict[str, dict[str, float]]] = dataclasses.field(
        default_factory=dict
    )
    verdict: str = ""


def summarize(
    eval_sets: Mapping[str, EvalSet],
    answers: Mapping[str, Mapping[str, ModelResult]],
    comparison: Comparison | None,
    k: int,
    protocol: str,
) -> Evaluation:
    """Summarizes the results of all evaluation sets.

    Args:
        eval_sets: Evaluation sets, by name.
        answers: Results by evaluation set and model.
        comparison: The paired test; None without a baseline.
        k: Length of the lists.
        protocol: Evaluation protocol, as text.
    """
    evaluation = Evaluation({}, {}, {}, {}, {}, comparison, protocol)
    for name, eval_set in eval_sets.items():
        evaluation.identical_slices.update(eval_set.same)
        for group, pairs in eval_set.groups.items():
            users = eval_set.held_out.pairs[pairs, 0]
            evaluation.test_interactions[group] = len(users)
            evaluation.num_users[group] = len(np.unique(users))
        whole = next(iter(eval_set.groups))
        for model, answer in answers[name].items():
            means = evaluation.models.setdefault(model, {})
            around = evaluation.intervals.setdefault(model, {})
            for group, values in answer.users.items():
                means[group], around[group] = estimate(values)
            means[whole][f"coverage@{k}"] = answer.coverage
    return evaluation


def compare(
    model: str,
    baseline: str,
    answers: Mapping[str, Mapping[str, ModelResult]],
) -> Comparison:
    """Runs the paired test on each evaluation set that has both models.

    Args:
        model: Name of our model.
        baseline: Name of the baseline.
        answers: Results by evaluation set and model.
    """
    groups = {}
    for by_model in answers.values():
        if model in by_model and baseline in by_model:
            theirs = by_model[baseline].users
            for group, values in by_model[model].users.items():
                groups[group] = differences(values, theirs[group])
    return Comparison(model, baseline, groups)


def estimate(
    values: Values,
) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Returns the means over users and their 95 % intervals, [low, high]."""
    low, high = bootstrap.intervals(_columns(values))
    means = {name: float(column.mean()) for name, column in values.items()}
    around = {
        name: [float(low[index]), float(high[index])]
        for index, name in enumerate(values)
    }
    return means, around


def differences(ours: Values, theirs: Values) -> dict[str, dict[str, float]]:
    """Returns the paired test of each metric; see `Comparison.groups`."""
    test = bootstrap.compare(_columns(ours), _columns(theirs))
    return {
        name: {
            "difference": float(test.mean[index]),
            "low": float(test.low[index]),
            "high": float(test.high[index]),
            "p": float(test.p[index]),
        }
        for index, name in enumerate(ours)
    }


def _columns(values: Values) -> np.ndarray:
    return np.stack(list(values.values()), axis=1)

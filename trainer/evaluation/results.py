"""What an evaluation finds: means, intervals, and the paired test."""

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
    """The paired test of our model against a baseline.

    Attributes:
        model: Ours.
        baseline: The other one.
        groups: By group, then by metric: `difference`, its 95 % interval from
            `low` to `high`, and `p`.
    """

    model: str
    baseline: str
    groups: dict[str, dict[str, dict[str, float]]]


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Metrics of every model on what was held out.

    Attributes:
        test_interactions: How many held-out pairs there are, by group.
        people: How many people they are of, by group.
        same_pairs: Further groups, by the one that holds just their pairs and
            whose figures are theirs too.
        models: Means over people by model, then by group.
        intervals: Their 95 % intervals, [low, high], in the same order.
        comparison: The paired test, None where there is no baseline.
        protocol: How it was measured, in a sentence.
    """

    test_interactions: dict[str, int]
    people: dict[str, int]
    same_pairs: dict[str, list[str]]
    models: dict[str, dict[str, dict[str, float]]]
    intervals: dict[str, dict[str, dict[str, list[float]]]]
    comparison: Comparison | None
    protocol: str


def summarize(
    exams: Mapping[str, EvalSet],
    answers: Mapping[str, Mapping[str, ModelResult]],
    comparison: Comparison | None,
    k: int,
    protocol: str,
) -> Evaluation:
    """Returns the evaluation of some exams.

    Args:
        exams: By name.
        answers: Of each exam, by model.
        comparison: The paired test.
        k: Length of the lists.
        protocol: How it was measured.
    """
    evaluation = Evaluation({}, {}, {}, {}, {}, comparison, protocol)
    for name, exam in exams.items():
        evaluation.same_pairs.update(exam.same)
        for group, pairs in exam.groups.items():
            users = exam.held_out.pairs[pairs, 0]
            evaluation.test_interactions[group] = len(users)
            evaluation.people[group] = len(np.unique(users))
        whole = next(iter(exam.groups))
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
    """Tests a model against a baseline, wherever both answered.

    Args:
        model: Ours.
        baseline: The other one.
        answers: Of each exam, by model.
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
    """Returns the means over people, and their 95 % intervals, [low, high]."""
    low, high = bootstrap.intervals(_columns(values))
    means = {name: float(column.mean()) for name, column in values.items()}
    around = {
        name: [float(low[index]), float(high[index])]
        for index, name in enumerate(values)
    }
    return means, around


def differences(ours: Values, theirs: Values) -> dict[str, dict[str, float]]:
    """Returns the paired test of each metric; see `Comparison.groups`."""
    found = bootstrap.compare(_columns(ours), _columns(theirs))
    return {
        name: {
            "difference": float(found.mean[index]),
            "low": float(found.low[index]),
            "high": float(found.high[index]),
            "p": float(found.p[index]),
        }
        for index, name in enumerate(ours)
    }


def _columns(values: Values) -> np.ndarray:
    return np.stack(list(values.values()), axis=1)

"""Results of an evaluation: means, 95 % intervals and the paired test."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np

from trainer.evaluation.eval_set import EvalSet
from trainer.evaluation.eval_set import ModelResult
from trainer.metrics.ranking import bootstrap

SIGNIFICANT = 0.05
"""Corrected p-values below it are called significant."""

Values = dict[str, np.ndarray]
"""Metrics of each user of a group, float [users]."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Paired test of our model against a baseline.

    Attributes:
        model: Name of our model.
        baseline: Name of the baseline.
        groups: Results by group and metric: the mean `difference` over users,
            its 95 % interval from `low` to `high`, the p-value `p`, and
            `p_holm`, Holm-corrected over the metrics of the group and all
            baselines.
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
        holm: p-values of our model against each baseline, Holm-corrected over
            the baselines and metrics of a group; by baseline, group and metric.
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
    holm: dict[str, dict[str, dict[str, float]]] = dataclasses.field(
        default_factory=dict
    )
    cpu_minutes: dict[str, float] = dataclasses.field(default_factory=dict)
    rivals: dict[str, dict[str, dict[str, float]]] = dataclasses.field(
        default_factory=dict
    )
    verdict: str = ""


def differs(evaluation: Evaluation, model: str, group: str, name: str) -> bool:
    """Returns whether a baseline differs significantly from our model.

    Args:
        evaluation: The evaluation.
        model: Name of the baseline; our models never differ.
        group: Name of the group.
        name: Name of the metric; those without a test never differ.
    """
    tests = evaluation.holm.get(model, {}).get(group, {})
    return tests.get(name, 1.0) < SIGNIFICANT


def summarize(
    eval_sets: Mapping[str, EvalSet],
    answers: Mapping[str, Mapping[str, ModelResult]],
    comparisons: Mapping[str, Comparison],
    against: str | None,
    k: int,
    protocol: str,
) -> Evaluation:
    """Summarizes the results of all evaluation sets.

    Args:
        eval_sets: Evaluation sets, by name.
        answers: Results by evaluation set and model.
        comparisons: Comparisons with all baselines, by name.
        against: Baseline of the paired test; None without one.
        k: Length of the lists.
        protocol: Evaluation protocol, as text.
    """
    holm = {
        baseline: {
            group: {name: test["p_holm"] for name, test in tests.items()}
            for group, tests in comparison.groups.items()
        }
        for baseline, comparison in comparisons.items()
    }
    comparison = comparisons[against] if against else None
    evaluation = Evaluation({}, {}, {}, {}, {}, comparison, protocol, holm)
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
    baselines: Iterable[str],
    answers: Mapping[str, Mapping[str, ModelResult]],
) -> dict[str, Comparison]:
    """Runs the paired tests on each evaluation set that has the model.

    Args:
        model: Name of our model.
        baselines: Names of the baselines.
        answers: Results by evaluation set and model.

    Returns:
        The comparison with each baseline, by its name.
    """
    comparisons = {name: Comparison(model, name, {}) for name in baselines}
    for by_model in answers.values():
        ours = by_model[model].users
        for group, values in ours.items():
            theirs = {
                name: by_model[name].users[group]
                for name in comparisons
                if name in by_model
            }
            for name, tests in differences(values, theirs).items():
                comparisons[name].groups[group] = tests
    return comparisons


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


def differences(
    ours: Values, theirs: Mapping[str, Values]
) -> dict[str, dict[str, dict[str, float]]]:
    """Returns the paired tests of a group; see `Comparison.groups`.

    Args:
        ours: Metrics of our model.
        theirs: Metrics of each baseline, by its name; if there are none, there
            are no tests.

    Returns:
        Tests by baseline and metric.
    """
    if not theirs:
        return {}
    columns = np.concatenate(
        [_columns(values) for values in theirs.values()], 1
    )
    test = bootstrap.compare(np.tile(_columns(ours), len(theirs)), columns)
    rows = np.stack(
        [test.mean, test.low, test.high, test.p, bootstrap.holm(test.p)], axis=1
    ).reshape(len(theirs), len(ours), -1)
    fields = ("difference", "low", "high", "p", "p_holm")
    return {
        baseline: {
            name: dict(zip(fields, row.tolist(), strict=True))
            for name, row in zip(ours, tests, strict=True)
        }
        for baseline, tests in zip(theirs, rows, strict=True)
    }


def _columns(values: Values) -> np.ndarray:
    return np.stack(list(values.values()), axis=1)

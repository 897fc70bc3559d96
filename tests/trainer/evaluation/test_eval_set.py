import dataclasses

import numpy as np
import pytest

from trainer.evaluation import eval_set
from trainer.evaluation.config import EvaluationConfig
from trainer.evaluation.eval_set import EvalCatalog
from trainer.evaluation.eval_set import EvalSet
from trainer.evaluation.results import compare
from trainer.evaluation.results import summarize
from trainer.metrics.ranking import beyond_accuracy

COUNTS = np.array([0] * 12 + [1] * 10 + [7] * 15)
VECTORS = np.random.default_rng(0).standard_normal((37, 4))


@pytest.fixture
def eval_sets(random_case):
    """One of many people, which two answer, and one of others, for one."""
    scores, held_out = random_case(0)
    new_scores, held_out_users = random_case(1, users=9)
    worse = np.where(np.arange(37) % 3, scores, 0)

    def scorer(matrix):
        return lambda users: matrix[users]

    return {
        "test": EvalSet(
            held_out,
            eval_set.groups_by_count(held_out.pairs, COUNTS, 5),
            {"base": scorer(worse), "ours": scorer(scores)},
        ),
        "held_out_users": EvalSet(
            held_out_users,
            {"held_out_users": np.ones(len(held_out_users.pairs), bool)},
            {"ours": scorer(new_scores)},
        ),
    }


@pytest.fixture
def answers(eval_sets):
    catalog = EvalCatalog(COUNTS, VECTORS, np.arange(37))
    return {
        name: eval_set.evaluate_models(set_, catalog, EvaluationConfig(k=3), 0)
        for name, set_ in eval_sets.items()
    }


def test_pairs_are_grouped_by_the_count_of_their_item():
    pairs = np.array([[0, 0], [0, 14], [1, 30]])
    result = eval_set.groups_by_count(pairs, COUNTS, 5)
    assert {name: marks.tolist() for name, marks in result.items()} == {
        "all": [True, True, True],
        "cold": [True, True, False],
        "unseen": [True, False, False],
    }
    assert list(eval_set.groups_by_count(pairs[2:], COUNTS, 5)) == ["all"]


def test_groups_of_the_identical_slices_are_one():
    some, other = np.array([True, False]), np.array([False, True])
    groups = {"a": some | other, "b": some, "c": ~some & ~other}
    left, same = eval_set.distinct(groups)
    assert list(left) == ["a", "b", "c"]
    assert same == {}
    more = {"d": some.copy(), "e": other, "f": some & some, "g": some | other}
    left, same = eval_set.distinct(groups | more)
    assert list(left) == ["a", "b", "c", "e"]
    assert left["b"] is some
    assert same == {"a": ["g"], "b": ["d", "f"]}


def test_a_group_is_measured_on_its_own_items_alone(eval_sets, answers, naive):
    held_out, pairs = (
        eval_sets["test"].held_out,
        eval_sets["test"].groups["cold"],
    )
    scores = eval_sets["test"].models["ours"](np.arange(40))
    cold = type(held_out)(
        held_out.pairs[pairs], held_out.interacted, held_out.known, 37
    )
    expected = naive(scores, cold, 3).values()
    result = answers["test"]["ours"].users["cold"]
    for name in ("auc", "hr@3", "recall@3", "ndcg@3", "mrr@3"):
        np.testing.assert_allclose(
            result[name], [metrics[name] for metrics in expected]
        )
    assert "diversity@3" not in result


def test_lists_are_measured_on_all_users(answers):
    result = answers["test"]["ours"]
    ranked = result.ranking.lists
    assert result.coverage == beyond_accuracy.coverage(ranked, 37)
    for name, expected in (
        ("novelty@3", beyond_accuracy.novelty(ranked, COUNTS)),
        ("diversity@3", beyond_accuracy.diversity(ranked, VECTORS)),
    ):
        np.testing.assert_array_equal(result.users["all"][name], expected)


def test_the_sum_has_means_and_intervals_of_whoever_answered(
    eval_sets, answers
):
    comparisons = compare("ours", ["base"], answers)
    result = summarize(eval_sets, answers, comparisons, "base", 3, "made")
    assert result.comparison is comparisons["base"]
    assert list(result.num_users) == ["all", "cold", "unseen", "held_out_users"]
    assert result.num_users["all"] == len(eval_sets["test"].held_out.users)
    assert result.test_interactions["all"] == len(
        eval_sets["test"].held_out.pairs
    )
    assert "held_out_users" not in result.models["base"]
    for name, means in result.models["ours"]["held_out_users"].items():
        if name == "coverage@3":
            continue
        values = answers["held_out_users"]["ours"].users["held_out_users"][name]
        assert means == values.mean()
        low, high = result.intervals["ours"]["held_out_users"][name]
        assert low <= means <= high


def test_the_sum_names_groups_that_were_left_out(eval_sets, answers):
    same = dataclasses.replace(eval_sets["test"], same={"cold": ["unseen"]})
    result = summarize(eval_sets | {"test": same}, answers, {}, None, 3, "made")
    assert result.identical_slices == {"cold": ["unseen"]}


def test_the_comparison_pairs_the_users(answers):
    result = compare("ours", ["base"], answers)["base"].groups
    assert list(result) == ["all", "cold", "unseen"]
    ours, base = (
        answers["test"][name].users["all"]["auc"] for name in ("ours", "base")
    )
    auc = result["all"]["auc"]
    assert auc["difference"] == pytest.approx((ours - base).mean())
    assert auc["low"] < auc["difference"] < auc["high"]
    # Tighter than if the people were not the same.
    apart = np.sqrt((ours.var() + base.var()) / len(ours))
    assert auc["high"] - auc["low"] < 2 * 1.96 * apart


def test_p_values_are_corrected_for_all_baselines_and_metrics(answers):
    test = answers["test"]
    both = {"test": {**test, "copy": test["ours"]}}
    comparisons = compare("ours", ["base", "copy"], both)
    alone = compare("ours", ["base"], answers)["base"].groups
    for group, tests in comparisons["base"].groups.items():
        for name, row in tests.items():
            assert row["p"] == alone[group][name]["p"]
        family = [
            row["p"]
            for comparison in comparisons.values()
            for row in comparison.groups[group].values()
        ]
        corrected = [
            row["p_holm"]
            for comparison in comparisons.values()
            for row in comparison.groups[group].values()
        ]
        assert min(corrected) == pytest.approx(
            min(1, min(family) * len(family))
        )
        assert set(corrected[len(tests) :]) == {1.0}  # The copy is equal.
    result = summarize({}, {}, comparisons, "copy", 3, "made")
    auc = comparisons["base"].groups["cold"]["auc"]["p_holm"]
    assert result.holm["base"]["cold"]["auc"] == auc

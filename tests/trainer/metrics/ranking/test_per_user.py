import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from trainer.metrics.ranking.per_user import AUC_DRAWN
from trainer.metrics.ranking.per_user import auc
from trainer.metrics.ranking.per_user import mean_metrics
from trainer.metrics.ranking.per_user import per_user_metrics
from trainer.metrics.ranking.ranks import rank_held_out


def rank(scores, held_out):
    return rank_held_out(lambda users: scores[users], held_out).ranks


@pytest.mark.parametrize("k", [1, 3, 10])
def test_every_metric_equals_its_definition(random_case, naive, k):
    scores, held_out = random_case(0)
    numbers = np.bincount(held_out.pairs[:, 0])
    assert set(numbers) == set(range(6))
    expected = naive(scores, held_out, k)
    result = per_user_metrics(rank(scores, held_out), k)
    assert list(expected) == held_out.users.tolist()
    assert len(result) == 6
    for name in result.keys() - {AUC_DRAWN}:
        np.testing.assert_allclose(
            result[name],
            [metrics[name] for metrics in expected.values()],
            err_msg=name,
        )


@hypothesis.settings(deadline=None, max_examples=60)
@hypothesis.given(
    scores=hnp.arrays(np.float32, (3, 6), elements=st.integers(-2, 2)),
    pairs=st.sets(st.tuples(st.integers(0, 2), st.integers(1, 5)), min_size=1),
    half=st.booleans(),
)
def test_metrics_equal_their_definition_on_any_scores(
    make_held_out, naive, scores, pairs, half
):
    held_out = make_held_out(sorted(pairs), [[], [], []], 6)
    ties = "half" if half else "pessimistic"
    result = per_user_metrics(rank(scores, held_out), 3, ties)
    expected = naive(scores, held_out, 3, half_ties=half).values()
    for name in result.keys() - {AUC_DRAWN}:
        np.testing.assert_allclose(
            result[name], [metrics[name] for metrics in expected]
        )


def test_with_one_held_out_item_recall_is_hr_and_the_rest_follow(make_held_out):
    scores = np.array([[9.0, 8, 1, 2], [1, 5, 3, 2]])
    held_out = make_held_out([(0, 1), (1, 2)], [[], []], 4)
    result = per_user_metrics(rank(scores, held_out), 2)
    assert result["hr@2"].tolist() == result["recall@2"].tolist() == [1, 1]
    np.testing.assert_allclose(result["ndcg@2"], 1 / np.log2([3, 3]))
    np.testing.assert_allclose(result["mrr@2"], [1 / 2, 1 / 2])
    np.testing.assert_allclose(result["auc"], [2 / 3, 2 / 3])


def test_the_held_out_items_of_a_user_stand_behind_each_other(make_held_out):
    """Both head the list, so recall@1 is a half, and all else is perfect."""
    scores = np.array([[9.0, 8, 1, 2]])
    held_out = make_held_out([(0, 1), (0, 0)], [[]], 4)
    result = mean_metrics(rank(scores, held_out), 1)
    assert result == {
        "auc": 1,
        AUC_DRAWN: pytest.approx(1 - 1 / 6),  # The other one may be drawn.
        "hr@1": 1,
        "recall@1": 0.5,
        "ndcg@1": 1,
        "mrr@1": 1,
    }


def test_every_user_weighs_the_same(make_held_out):
    scores = np.array([[9.0, 8, 7, 1], [1, 5, 3, 2]])
    pairs = [(0, 0), (0, 1), (0, 2), (1, 0)]
    result = mean_metrics(rank(scores, make_held_out(pairs, [[], []], 4)))
    assert result["auc"] == pytest.approx((1 + 0) / 2)


def test_one_score_for_all_items_earns_nothing(make_held_out):
    held_out = make_held_out([(0, 0), (1, 1)], [[], []], 30)
    result = mean_metrics(rank(np.ones((2, 30)), held_out))
    assert set(result.values()) == {0}
    half = auc(rank(np.ones((2, 30)), held_out), "half")
    assert half.tolist() == [0.5, 0.5]


def test_scores_that_are_no_numbers_earn_nothing(make_held_out):
    scores = np.array([[np.nan, 1, 2], [1, np.nan, 2], [np.nan] * 3])
    held_out = make_held_out([(0, 0), (1, 0), (2, 0)], [[], [], []], 3)
    result = per_user_metrics(rank(scores, held_out), 1)
    assert not np.any(list(result.values()))

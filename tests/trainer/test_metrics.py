import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from trainer import metrics


def brute_force(scores, held_out, seen, k=10):
    """The definitions, pair by pair."""
    rows = []
    for user, target in held_out:
        row, taken = scores[user], seen[user]
        others = [j for j in range(len(row)) if not taken[j]]
        won = sum(row[target] > row[j] for j in others)
        half = sum(row[target] == row[j] for j in others) / 2
        rank = 1 + sum(row[j] >= row[target] for j in others)
        rows.append(
            (
                won / len(others),
                (won + half) / len(others),
                float(rank <= k),
                1 / np.log2(1 + rank) if rank <= k else 0.0,
            )
        )
    return np.array(rows).T


def rank(scores, held_out, seen):
    return metrics.rank_held_out(
        lambda users: scores[users], held_out, lambda users: seen[users]
    )


def random_case(rng, users=400, items=37):
    """Of each user 0 to 5 items are held out, and others seen besides."""
    scores = rng.integers(0, 9, (users, items)).astype(np.float32)  # Ties.
    held_out = np.array(
        [
            (user, item)
            for user in range(users)
            for item in 1 + rng.permutation(items - 1)[: rng.integers(6)]
        ]
    )
    seen = rng.random((users, items)) < 0.3
    seen[:, 0] = False  # Nobody took everything.
    seen[tuple(held_out.T)] = True
    return scores, held_out, seen


def test_every_metric_equals_its_definition_over_several_batches():
    scores, held_out, seen = random_case(np.random.default_rng(0))
    assert len(held_out) > 2 * metrics.PAIRS_A_BATCH
    assert set(np.bincount(held_out[:, 0])) == set(range(6))
    found = rank(scores, held_out, seen)
    strict, half, hits, gains = brute_force(scores, held_out, seen)
    np.testing.assert_allclose(metrics.auc(found), strict)
    np.testing.assert_allclose(metrics.auc(found, ties="half"), half)
    np.testing.assert_allclose(metrics.hit_rate(found, 10), hits)
    np.testing.assert_allclose(metrics.ndcg(found, 10), gains)
    summary = metrics.summarise(found)
    assert summary == pytest.approx(
        {
            "auc": strict.mean(),
            "hr@10": hits.mean(),
            "ndcg@10": gains.mean(),
        }
    )


@hypothesis.settings(deadline=None, max_examples=40)
@hypothesis.given(
    hnp.arrays(np.float32, (3, 6), elements=st.integers(-3, 3)),
    st.sets(st.tuples(st.integers(0, 2), st.integers(1, 5)), min_size=1),
)
def test_metrics_equal_their_definition_on_any_scores(scores, held_out):
    held_out = np.array(sorted(held_out))
    seen = np.zeros((3, 6), bool)
    seen[tuple(held_out.T)] = True
    found = rank(scores, held_out, seen)
    strict, half, hits, gains = brute_force(scores, held_out, seen, k=3)
    np.testing.assert_allclose(metrics.auc(found), strict)
    np.testing.assert_allclose(metrics.auc(found, ties="half"), half)
    np.testing.assert_allclose(metrics.hit_rate(found, 3), hits)
    np.testing.assert_allclose(metrics.ndcg(found, 3), gains)


def test_one_score_for_all_items_earns_nothing():
    seen = np.eye(30, dtype=bool)[:2]
    found = rank(np.ones((2, 30)), np.array([[0, 0], [1, 1]]), seen)
    assert metrics.summarise(found) == {"auc": 0, "hr@10": 0, "ndcg@10": 0}
    assert metrics.summarise(found, ties="half")["auc"] == 0.5


def test_scores_that_are_no_numbers_earn_nothing():
    scores = np.array([[np.nan, 1, 2], [1, np.nan, 2], [np.nan] * 3])
    held_out = np.array([[0, 0], [1, 0], [2, 0]])
    found = rank(scores, held_out, np.eye(3, dtype=bool)[[0, 0, 0]])
    np.testing.assert_allclose(metrics.auc(found), [0, 0, 0])
    np.testing.assert_allclose(metrics.hit_rate(found, 1), [0, 0, 0])


def test_other_held_out_items_of_a_user_are_no_candidates():
    """Both head the list: each is first, and the mean is over the pairs."""
    scores = np.array([[9.0, 8, 1, 2], [1, 5, 3, 2]])
    held_out = np.array([[0, 0], [0, 1], [1, 2]])
    seen = np.array([[1, 1, 0, 0], [0, 0, 1, 0]], bool)
    found = rank(scores, held_out, seen)
    assert found.ranks().tolist() == [1, 1, 2]
    assert found.candidates.tolist() == [2, 2, 3]
    assert metrics.summarise(found, k=1)["hr@1"] == pytest.approx(2 / 3)
    of_first = found.of(np.array([True, True, False]))
    assert metrics.summarise(of_first, k=1)["hr@1"] == 1

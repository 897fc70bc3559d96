import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from trainer.metrics.ranking import ranks
from trainer.metrics.ranking.beyond_accuracy import NOBODY
from trainer.metrics.ranking.per_user import auc
from trainer.metrics.ranking.ranks import rank_held_out
from trainer.metrics.ranking.scorer import product_scorer


def rank(scores, held_out, **options):
    return rank_held_out(lambda users: scores[users], held_out, **options)


def naive_counts(scores, held_out):
    rows = []
    for user, item in held_out.pairs:
        interacted = set(held_out.interacted[user].numpy().tolist())
        others = [j for j in range(scores.shape[1]) if j not in interacted]
        greater = sum(scores[user, j] > scores[user, item] for j in others)
        less = sum(scores[user, j] < scores[user, item] for j in others)
        rows.append((greater, len(others) - greater - less, len(others)))
    return np.array(rows).T


def test_counts_are_those_of_a_naive_loop_over_several_chunks(
    random_case, monkeypatch
):
    monkeypatch.setattr(ranks, "BLOCK_BYTES", 7 * 4 * 37)
    scores, held_out = random_case(0)
    asked = []

    def score(users):
        asked.append(users.tolist())
        return scores[users]

    result = rank_held_out(score, held_out).ranks
    assert max(map(len, asked)) == 7
    # Each user once, whatever the order and number of their pairs.
    assert sum(asked, []) == held_out.users.tolist()
    np.testing.assert_array_equal(
        [result.greater, result.equal, result.candidates],
        naive_counts(scores, held_out),
    )
    np.testing.assert_array_equal(result.users, held_out.pairs[:, 0])


@hypothesis.settings(deadline=None, max_examples=40)
@hypothesis.given(
    scores=hnp.arrays(np.float32, (2, 6), elements=st.integers(-2, 2)),
    order=st.permutations(range(6)),
)
def test_the_order_of_items_is_no_matter(make_held_out, scores, order):
    pairs, known = [(0, 1), (1, 5), (0, 2)], [[3], []]
    place = np.argsort(order)  # Item i of before stands at place[i].
    moved = make_held_out(
        [(user, place[item]) for user, item in pairs],
        [[place[item] for item in row] for row in known],
        6,
    )
    before = rank(scores, make_held_out(pairs, known, 6)).ranks
    after = rank(scores[:, order], moved).ranks
    np.testing.assert_array_equal(before.greater, after.greater)
    np.testing.assert_array_equal(before.equal, after.equal)


@hypothesis.settings(deadline=None, max_examples=40)
@hypothesis.given(
    hnp.arrays(
        np.float32,
        (1, 6),
        elements=st.sampled_from([-np.inf, -1, 0, 1, np.inf, np.nan]),
    )
)
def test_scores_that_cannot_be_compared_are_ties(make_held_out, scores):
    held_out = make_held_out([(0, 1)], [[3]], 6)
    result = rank(scores, held_out).ranks
    np.testing.assert_array_equal(
        [result.greater, result.equal, result.candidates],
        naive_counts(scores, held_out),
    )


def test_identical_items_tie(make_held_out):
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((300, 50), np.float32)
    vectors[[0, 99, 298, 299]] = vectors[50]
    users = rng.standard_normal((3, 50), np.float32)
    held_out = make_held_out([(0, 50), (1, 0), (2, 299)], [[], [99], []], 300)
    result = rank_held_out(product_scorer(users, vectors), held_out).ranks
    assert result.equal.tolist() == [4, 3, 4]


def test_nothing_that_a_scorer_returned_is_written_to(random_case):
    scores, held_out = random_case(1)

    def score(users):
        block = scores[users]
        block.flags.writeable = False
        return block

    assert len(rank_held_out(score, held_out).lists) == len(held_out.users)


def test_lists_are_the_best_that_the_user_did_not_have(random_case):
    scores, held_out = random_case(2)
    result = rank(scores, held_out, k=12)
    assert result.lists.shape == (len(held_out.users), 12)
    for user, listed in zip(held_out.users, result.lists, strict=True):
        own = held_out.pairs[held_out.pairs[:, 0] == user, 1]
        hidden = set(held_out.interacted[user].numpy()) - set(own)
        left = [j for j in range(37) if j not in hidden]
        left.sort(key=lambda item: (-scores[user, item], item))
        assert listed.tolist() == left[:12]


def test_a_list_ends_where_the_candidates_do(make_held_out):
    held_out = make_held_out([(0, 2)], [[0, 1]], 4)
    result = rank(np.arange(4.0)[None], held_out, k=3)
    assert result.lists.tolist() == [[3, 2, NOBODY]]


def test_among_candidates_all_others_might_not_be_there(random_case):
    scores, held_out = random_case(3)
    interacted = np.unique(held_out.interacted.values.numpy())
    candidates = np.union1d(interacted[interacted > 5], [36])
    keep = np.isin(held_out.pairs[:, 1], candidates)
    assert len(candidates) < 36
    everywhere = scores.copy()
    everywhere[:, np.setdiff1d(range(37), candidates)] = np.nan
    small = type(held_out)(
        held_out.pairs[keep],
        *(
            _only(ragged, candidates)
            for ragged in (held_out.interacted, held_out.known)
        ),
        37,
    )
    result = rank_held_out(
        lambda users: scores[users], small, candidates=candidates
    )
    whole = rank(everywhere, small)
    np.testing.assert_array_equal(result.ranks.greater, whole.ranks.greater)
    np.testing.assert_array_equal(result.lists, whole.lists)
    np.testing.assert_array_equal(
        whole.ranks.candidates - result.ranks.candidates, 37 - len(candidates)
    )


def _only(ragged, items):
    rows = [
        [item for item in row if item in set(items.tolist())]
        for row in ragged.to_list()
    ]
    return type(ragged).from_row_lengths(
        np.array(sum(rows, []), np.int64), [len(row) for row in rows]
    )


def test_drawn_items_skip_the_target_and_what_was_trained_on(make_held_out):
    """Of so small a catalogue all items are drawn: counted by hand."""
    scores = np.array([[5.0, 9, 1, 5, 7, 2]])
    held_out = make_held_out([(0, 0)], [[1, 2]], 6, others=[(0, 5)])
    result = rank(scores, held_out).ranks
    # 3 ties and 4 wins; 5 is held out elsewhere, and yet may be drawn.
    assert (result.beaten.tolist(), result.drawn.tolist()) == ([1], [3])


def test_the_sampled_auc_is_near_the_full_one_and_seeded(make_held_out):
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((600, 700))
    pairs = [(user, user) for user in range(600)]
    held_out = make_held_out(pairs, [[699]] * 600, 700)
    result, again, other = (
        rank(scores, held_out, seed=s).ranks for s in (0, 0, 1)
    )
    assert set(result.drawn) <= {98, 99, 100}
    assert result.beaten.tolist() == again.beaten.tolist()
    assert result.beaten.tolist() != other.beaten.tolist()
    sampled = result.beaten / result.drawn
    assert sampled.mean() == pytest.approx(auc(result).mean(), abs=0.01)
    assert np.abs(sampled - auc(result)).mean() > 0.01

"""Twins of evaluation sets, against a loop over users."""

import numpy as np
import pytest

from trainer.data.interactions import by_user
from trainer.evaluation.eval_set import EvalSet
from trainer.evaluation.without_variants import without_variants
from trainer.metrics.ranking.held_out import HeldOut

USERS, ITEMS = 12, 40


@pytest.fixture
def eval_set():
    """Four items per user, one of them held out; group `odd` has some."""
    rng = np.random.default_rng(0)
    taken = [rng.choice(ITEMS, 4, replace=False) for _ in range(USERS)]
    pairs = np.array([(user, items[0]) for user, items in enumerate(taken)])

    def ragged(first):
        return by_user(
            np.array([(u, i) for u in range(USERS) for i in taken[u][first:]]),
            USERS,
        )

    held_out = HeldOut(pairs, ragged(0), ragged(1), ITEMS)
    groups = {"all": np.ones(USERS, bool), "odd": pairs[:, 1] % 2 == 1}
    return EvalSet(held_out, groups, {"model": None}, {"odd": ["uneven"]})


@pytest.mark.parametrize("num_candidates", [ITEMS, 30])
def test_variants_of_owned_items_are_masked(eval_set, num_candidates):
    products = np.random.default_rng(1).integers(12, size=ITEMS)
    candidates = np.arange(num_candidates)
    twins = without_variants({"test": eval_set}, products, candidates)
    twin = twins["test_without_variants"]
    before = eval_set.held_out
    kept = []
    for user, item in before.pairs:
        owned = before.known[user].numpy()
        variants = np.flatnonzero(np.isin(products, products[owned]))
        variants = variants[variants < num_candidates]
        for rows, expected in (
            (twin.held_out.known, [*owned, *variants]),
            (twin.held_out.interacted, [item, *owned, *variants]),
        ):
            assert set(rows[user].numpy()) == set(expected)
        kept.append(item not in variants)
    assert 0 < sum(kept) < USERS
    assert twin.held_out.pairs.tolist() == before.pairs[kept].tolist()
    assert twin.held_out.num_items == ITEMS
    assert {name: pairs.tolist() for name, pairs in twin.groups.items()} == {
        "all_without_variants": [True] * sum(kept),
        "odd_without_variants": eval_set.groups["odd"][kept].tolist(),
    }
    assert twin.same == {"odd_without_variants": ["uneven"]}
    assert twin.models is eval_set.models


def test_products_of_one_item_change_nothing(eval_set):
    twins = without_variants(
        {"test": eval_set}, np.arange(ITEMS), np.arange(ITEMS)
    )
    held_out = twins["test_without_variants"].held_out
    assert held_out.pairs.tolist() == eval_set.held_out.pairs.tolist()


def test_a_user_without_a_candidate_is_left_out(eval_set):
    """And a set of such users has no twin."""
    _, item = eval_set.held_out.pairs[0]
    products = np.zeros(ITEMS, int)
    products[item] = 1
    both = {"test": eval_set}
    assert without_variants(both, products, np.arange(ITEMS)) == {}

"""The core against its definition, and where its counts come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.prepare.k_core import ComputeKCore
from beam_jobs.prepare.k_core import Minima
from beam_jobs.prepare.k_core import batch_of

PAIRS = st.sets(st.tuples(st.integers(0, 12), st.integers(0, 12)))


def may_train(user, item):
    """Some of what a user took is held out, of some users all."""
    return (user * item) % 3 != 1


def naive_core(pairs, min_user, min_item):
    """Drops one id at a time, in any order, until all have enough."""
    pairs = set(pairs)
    while True:
        users = [user for user, _ in pairs]
        items = [item for _, item in pairs]
        trained = {pair[0] for pair in pairs if may_train(*pair)}
        short = {
            user
            for user in users
            if users.count(user) < min_user or user not in trained
        }
        if not short:
            few = {item for item in items if items.count(item) < min_item}
            if not few:
                return pairs
            pairs = {pair for pair in pairs if pair[1] != min(few)}
        else:
            pairs = {pair for pair in pairs if pair[0] != min(short)}


def core_of(baskets, minima):
    """Finds the core as Beam does, of two workers who have half each."""
    find = ComputeKCore(minima)
    accumulators = [find.create_accumulator() for _ in range(2)]
    for index, basket in enumerate(baskets):
        accumulators[index % 2] = find.add_input(
            accumulators[index % 2], batch_of([[], basket])
        )
    return find.extract_output(find.merge_accumulators(accumulators))


@given(PAIRS, st.integers(0, 5), st.integers(1, 5))
def test_against_the_definition(pairs, min_user, min_item):
    baskets = {user: [] for user, _ in pairs}
    for user, item in pairs:
        baskets[user].append((str(item), may_train(user, item)))

    core = core_of(baskets.values(), Minima(min_user, min_item))

    expected = naive_core(pairs, min_user, min_item)
    users = {user for user, _ in expected}
    kept = {item for _, item in expected}
    assert core.num_kept == len(kept)
    for item in range(13):
        takers = sum((user, item) in pairs for user in users)
        shortage = core.item_shortage(str(item))
        assert (shortage is None) == (item in kept)
        if shortage:
            assert f"has {takers} usable interactions" in shortage


@pytest.mark.parametrize(("min_item", "short"), [(0, set()), (1, {"c"})])
def test_items_without_interactions(min_item, short):
    core = core_of([[("a", True), ("b", True)]], Minima(1, min_item))

    assert {item for item in "abc" if core.item_shortage(item)} == short


def test_no_interactions_at_all():
    assert core_of([], Minima(1, 1)).item_shortage("a")

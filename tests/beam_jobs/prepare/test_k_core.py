"""The core against its definition, and where its counts come from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.prepare.k_core import ComputeKCore
from beam_jobs.prepare.k_core import find_core

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


@given(PAIRS, st.integers(1, 5), st.integers(0, 5))
def test_against_the_definition(pairs, min_user, min_item):
    ordered = sorted(pairs)
    users = np.array([user for user, _ in ordered], np.uint64)
    items = np.array([item for _, item in ordered], np.uint64)

    trains = np.array([may_train(*pair) for pair in ordered], np.uint8)

    core = find_core(users, items, trains, min_user, min_item)

    kept_users = set(core.users.hashes[core.users.kept].tolist())
    kept_items = set(core.items.hashes[core.items.kept].tolist())
    expected = naive_core(pairs, min_user, min_item)
    result = {
        pair
        for pair in pairs
        if pair[0] in kept_users and pair[1] in kept_items
    }
    assert result == expected
    assert kept_users == {user for user, _ in expected}
    if min_item:
        assert kept_items == {item for _, item in expected}


def core_of(users, min_user, min_item):
    """Finds the core as Beam does, of two workers who have half each."""
    find = ComputeKCore(min_user, min_item)
    accumulators = [find.create_accumulator() for _ in range(2)]
    for index, (user, items) in enumerate(users.items()):
        accumulators[index % 2] = find.add_input(
            accumulators[index % 2], (user, [(item, True) for item in items])
        )
    return find.extract_output(find.merge_accumulators(accumulators))


def shortages(core, users, items):
    return {
        item_id: shortage
        for counts, ids in ((core.users, users), (core.items, items))
        for item_id in ids
        if (shortage := counts.shortage(item_id))
    }


def test_a_chain_falls_one_after_the_other():
    users = {"ann": ["a", "b"], "bob": ["b", "c"], "eve": ["c", "d", "é"]}

    core = core_of(users, 2, 2)

    # a and d have one user, which leaves their users too few.
    text = "has {} usable interactions, at least 2 are required"
    assert shortages(core, users, "abcdé") == {
        "a": text.format(1),
        "d": text.format(1),
        "é": text.format(1),
        "ann": text.format(1),
        "eve": text.format(1),
        "bob": text.format(0),
        "b": text.format(1),
        "c": text.format(1),
    }


@pytest.mark.parametrize(("min_item", "short"), [(0, set()), (1, {"nobody's"})])
def test_items_without_interactions(min_item, short):
    core = core_of({"ann": ["a", "b"]}, 1, min_item)

    assert set(shortages(core, ["ann"], ["a", "nobody's"])) == short


def test_no_interactions_at_all():
    assert core_of({}, 1, 0).users.shortage("ann")

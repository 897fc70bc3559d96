"""The split depends on seed, user and items, and on nothing else."""

import collections
import random

from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.split import MIN_INTERACTIONS
from beam_jobs.split import leave_one_out

ITEMS = st.lists(st.text(), min_size=MIN_INTERACTIONS, unique=True)


@given(st.text(), ITEMS, st.integers())
def test_one_validation_and_one_test_item(user, items, seed):
    splits = leave_one_out(user, items, seed)

    assert set(splits) == set(items)
    assert collections.Counter(splits.values()) == {
        "validation": 1,
        "test": 1,
        "train": len(items) - 2,
    }


@given(st.text(), ITEMS, st.integers(), st.randoms())
def test_the_order_of_items_does_not_matter(user, items, seed, rng):
    shuffled = rng.sample(items, len(items))

    assert leave_one_out(user, items, seed) == leave_one_out(
        user, shuffled, seed
    )


def test_known_split():
    # Data sets that were prepared earlier must come out the same again.
    assert leave_one_out("ann", ["a", "b", "é"], 0) == {
        "é": "test",
        "a": "train",
        "b": "validation",
    }


def test_every_place_and_seed_is_as_likely():
    items = [str(number) for number in range(5)]
    rng = random.Random(1)
    users = [str(rng.random()) for _ in range(2000)]
    for split in ("validation", "test"):
        held_out = [
            {one: which for which, one in splits.items()}[split]
            for splits in (
                {
                    item: name
                    for item, name in leave_one_out(u, items, 3).items()
                }
                for u in users
            )
        ]
        counts = collections.Counter(held_out)
        # 400 each; five standard deviations are 90.
        assert all(310 < counts[item] < 490 for item in items)


def test_another_seed_is_another_split():
    items = [str(number) for number in range(50)]
    splits = {
        tuple(sorted(leave_one_out("ann", items, seed).items()))
        for seed in range(20)
    }

    assert len(splits) > 15

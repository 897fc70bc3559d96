"""Splits depend on seed, user and what was taken, and on nothing else."""

import collections
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.prepare.split import LastSplit
from beam_jobs.prepare.split import NewItemsSplit
from beam_jobs.prepare.split import RandomSplit
from beam_jobs.prepare.split import TimeSplit

ITEMS = st.dictionaries(st.text(), st.integers(0, 9), min_size=3)


@pytest.mark.parametrize("kind", [RandomSplit, LastSplit])
@given(user=st.text(), taken=ITEMS, seed=st.integers())
def test_one_validation_and_one_test_item(kind, user, taken, seed):
    splits = kind(seed).assign(user, taken)

    assert set(splits) == set(taken)
    assert collections.Counter(splits.values()) == {
        "validation": 1,
        "test": 1,
        "train": len(taken) - 2,
    }


@pytest.mark.parametrize(
    "split",
    [RandomSplit(3), LastSplit(3), TimeSplit(4, 7), NewItemsSplit(0.2, 3)],
    ids=lambda split: type(split).__name__,
)
@given(user=st.text(), taken=ITEMS, rng=st.randoms())
def test_the_order_of_items_does_not_matter(split, user, taken, rng):
    shuffled = dict(rng.sample(list(taken.items()), len(taken)))

    assert split.assign(user, taken) == split.assign(user, shuffled)


def test_known_split():
    # Data sets that were prepared earlier must come out the same again.
    history = dict.fromkeys(["a", "b", "é"])

    assert RandomSplit(0).assign("ann", history) == {
        "é": "test",
        "a": "train",
        "b": "validation",
    }


def test_every_place_is_as_likely():
    items = dict.fromkeys(str(index) for index in range(5))
    rng = random.Random(1)
    splits = [
        RandomSplit(3).assign(str(rng.random()), items) for _ in range(2000)
    ]
    for held_out in ("validation", "test"):
        counts = collections.Counter(
            item
            for split in splits
            for item, name in split.items()
            if name == held_out
        )
        # 400 each; five standard deviations are 90.
        assert all(310 < counts[item] < 490 for item in items)


@pytest.mark.parametrize("kind", [RandomSplit, LastSplit])
def test_another_seed_is_another_split(kind):
    items = dict.fromkeys((str(index) for index in range(50)), 7)
    splits = {
        tuple(sorted(kind(seed).assign("ann", items).items()))
        for seed in range(20)
    }

    assert len(splits) > 15


@given(user=st.text(), taken=ITEMS)
def test_the_last_are_held_out(user, taken):
    splits = LastSplit(0).assign(user, taken)

    times = {
        name: [taken[item] for item in taken if splits[item] == name]
        for name in ("train", "validation", "test")
    }
    assert max(times["train"]) <= times["validation"][0] <= times["test"][0]


def test_the_cut_in_time():
    history = {"a": 0, "b": 9, "c": 10, "d": 19, "e": 20, "f": 99}

    assert TimeSplit(10, 20).assign("ann", history) == {
        "a": "train",
        "b": "train",
        "c": "validation",
        "d": "validation",
        "e": "test",
        "f": "test",
    }


def test_new_items_are_the_same_for_all():
    items = dict.fromkeys(str(index) for index in range(1000))
    split = NewItemsSplit(0.2, 0)

    of_ann = split.assign("ann", items)

    assert of_ann == split.assign("bob", items)
    counts = collections.Counter(of_ann.values())
    # 200, 200 and 600; five standard deviations are 63.
    assert abs(counts["test"] - 200) < 63
    assert abs(counts["validation"] - 200) < 63
    assert NewItemsSplit(0.2, 1).assign("ann", items) != of_ann

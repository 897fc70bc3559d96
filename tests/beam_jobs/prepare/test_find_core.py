"""Many workers find the core of one worker, item for item."""

import random

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that
from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.options import beam_options
from beam_jobs.prepare import find_core as stage
from beam_jobs.prepare.find_core import FindCore
from beam_jobs.prepare.find_core import Gather
from beam_jobs.prepare.find_core import count_users
from beam_jobs.prepare.k_core import Minima
from beam_jobs.prepare.k_core import batch_of
from beam_jobs.prepare.k_core import find_core
from beam_jobs.run_pipeline import new_pipeline

BASKETS = st.lists(
    st.dictionaries(st.sampled_from("abcdefghijk"), st.booleans(), max_size=5),
    max_size=20,
).map(lambda users: [list(basket.items()) for basket in users])


def chain(length):
    """Each user has two items, so one falls after the other from both ends."""
    return [
        [(str(index), True), (str(index + 1), True)] for index in range(length)
    ]


def items_of(core):
    return core.hashes.tolist(), core.counts.tolist()


@given(BASKETS, st.integers(0, 3), st.integers(1, 4), st.integers(1, 7))
def test_rounds_end_at_the_core(baskets, min_user, min_item, batch_users):
    minima = Minima(min_user, min_item)
    batches = [
        batch_of(baskets[start : start + batch_users])
        for start in range(0, len(baskets), batch_users)
    ]
    gather, core, num_kept = Gather(minima), None, None
    while core is None or core.num_kept != num_kept:
        num_kept = core and core.num_kept
        counts = {}
        for batch in batches:
            for item, count in count_users(batch, minima, core):
                counts[item] = counts.get(item, 0) + count
        items = gather.create_accumulator()
        for element in counts.items():
            items = gather.add_input(items, element)
        core = gather.extract_output(gather.merge_accumulators([items]))

    assert items_of(core) == items_of(find_core(batch_of(baskets), minima))


@pytest.mark.parametrize(
    "baskets",
    [
        [],
        chain(9) + [[("a", True), ("b", True)]] * 2,
        [
            [
                (str(item), True)
                for item in random.Random(user).sample(range(40), 4)
            ]
            for user in range(60)
        ],
    ],
    ids=["none", "chain", "random"],
)
@pytest.mark.parametrize("rounds", [2, 8])
def test_a_pipeline(baskets, rounds, monkeypatch):
    monkeypatch.setattr(stage, "ROUNDS", rounds)
    monkeypatch.setattr(stage, "_BATCH_USERS", 4)
    minima = Minima(2, 2)
    expected = items_of(find_core(batch_of(baskets), minima))

    def check(cores):
        assert [items_of(core) for core in cores] == [expected]

    with new_pipeline(beam_options([], "prog")) as pipeline:
        users = pipeline | beam.Create(baskets)
        core = users | FindCore(minima, is_large=True)
        assert_that(core, check)

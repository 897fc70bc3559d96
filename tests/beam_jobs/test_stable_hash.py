"""Hashes depend on what is hashed and on nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.stable_hash import add_hashes
from beam_jobs.stable_hash import id_hash
from beam_jobs.stable_hash import record_hash

HASHES = st.lists(st.binary(min_size=32, max_size=32))


def test_known_hash_of_an_id():
    # Shards and cores of earlier data sets depend on it.
    assert id_hash("é") == 0xCB1ABF8BEFF3192F


@given(HASHES, HASHES, st.randoms())
def test_hashes_add_up_in_any_order_and_grouping(some, others, rng):
    every = some + others

    total = add_hashes(every)

    assert total == add_hashes([add_hashes(some), add_hashes(others)])
    assert total == add_hashes(rng.sample(every, len(every)))
    assert len(total) == 32


def test_a_repeated_record_changes_the_hash():
    single = record_hash(b"one")

    assert len({add_hashes([]), single, add_hashes([single, single])}) == 3

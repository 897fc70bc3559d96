"""A shard appears under its name whole or not at all."""

import hashlib

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from beam_jobs.shards import add_hashes
from beam_jobs.shards import open_shard
from beam_jobs.shards import record_hash
from beam_jobs.shards import shard_of_id

HASHES = st.lists(st.binary(min_size=32, max_size=32))


def read(path) -> list[bytes]:
    records = tf.data.TFRecordDataset(str(path), compression_type="GZIP")
    return list(records.as_numpy_iterator())


def test_records_and_their_hashes(tmp_path):
    path = tmp_path / "new" / "folder" / "a.tfrecord.gz"

    with open_shard(str(path)) as writer:
        hashes = [writer.write(record) for record in (b"one", b"")]
        assert not path.exists()

    assert read(path) == [b"one", b""]
    assert hashes == [hashlib.sha256(one).digest() for one in (b"one", b"")]
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_shard_is_readable(tmp_path):
    with open_shard(str(tmp_path / "a")):
        pass

    assert read(tmp_path / "a") == []


def test_a_second_attempt_replaces_the_first(tmp_path):
    for record in (b"first", b"second"):
        with open_shard(str(tmp_path / "a")) as writer:
            writer.write(record)

    assert read(tmp_path / "a") == [b"second"]


def test_an_error_leaves_nothing_behind(tmp_path):
    def write():
        with open_shard(str(tmp_path / "a")) as writer:
            writer.write(b"one")
            raise ValueError("a worker dies")

    with pytest.raises(ValueError, match="a worker dies"):
        write()

    assert list(tmp_path.iterdir()) == []


def test_a_generator_that_beam_drops_leaves_nothing_behind(tmp_path):
    def write():
        with open_shard(str(tmp_path / "a")) as writer:
            yield writer.write(b"one")
            yield writer.write(b"two")

    bundle = write()
    next(bundle)
    bundle.close()

    assert list(tmp_path.iterdir()) == []


@given(HASHES, HASHES, st.randoms())
def test_hashes_add_up_in_any_order_and_grouping(some, others, rng):
    every = some + others

    total = add_hashes(every)

    assert total == add_hashes([add_hashes(some), add_hashes(others)])
    assert total == add_hashes(rng.sample(every, len(every)))
    assert len(total) == 32


def test_a_repeated_record_changes_the_hash():
    one = record_hash(b"one")

    assert len({add_hashes([]), one, add_hashes([one, one])}) == 3


def test_ids_spread_in_the_same_way_everywhere():
    shards = [shard_of_id(f"é{number}", 4) for number in range(400)]

    assert set(shards) == {0, 1, 2, 3}
    assert all(70 < shards.count(shard) < 130 for shard in range(4))
    assert shards[:6] == [shard_of_id(f"é{number}", 4) for number in range(6)]

"""A shard appears under its name whole or not at all."""

import pytest
import tensorflow as tf

from beam_jobs.shards import open_shard
from beam_jobs.shards import shard_of_id
from beam_jobs.shards import shards_for


def read(path) -> list[bytes]:
    records = tf.data.TFRecordDataset(str(path), compression_type="GZIP")
    return list(records.as_numpy_iterator())


def test_records(tmp_path):
    path = tmp_path / "new" / "folder" / "a.tfrecord.gz"

    with open_shard(str(path)) as writer:
        for record in (b"one", b""):
            writer.write(record)
        assert not path.exists()

    assert read(path) == [b"one", b""]
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


def test_ids_spread_in_the_same_way_everywhere():
    shards = [shard_of_id(f"é{index}", 4) for index in range(400)]

    assert set(shards) == {0, 1, 2, 3}
    assert all(70 < shards.count(shard) < 130 for shard in range(4))
    assert shards[:6] == [shard_of_id(f"é{index}", 4) for index in range(6)]


@pytest.mark.parametrize(
    ("size", "shards"), [(0, 1), (1, 1), (10, 1), (10.5, 2), (95, 10)]
)
def test_how_many_shards_a_size_takes(size, shards):
    assert shards_for(size, 10) == shards

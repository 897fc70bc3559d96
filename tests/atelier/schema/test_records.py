"""Shards and vocabularies, sound and damaged."""

import os

import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.records import read_records
from atelier.schema.vocabulary import read_vocabulary


@pytest.fixture
def data_dir(tmp_path):
    """Two shards of items, in a folder with brackets in its name."""
    folder = tmp_path / "Shop [2021]"
    (folder / "items").mkdir(parents=True)
    for index in range(2):
        path = paths.shard(str(folder), "items", "items", index, 2)
        with tf.io.TFRecordWriter(path, options="GZIP") as writer:
            for record in range(300):
                writer.write(os.urandom(20) + b"%d %d" % (index, record))
    return str(folder)


def test_records_are_read_in_the_order_of_the_shards(data_dir):
    batches = list(read_records(paths.items(data_dir)))
    assert [len(batch) for batch in batches] == [256, 44, 256, 44]
    records = [record for batch in batches for record in batch.numpy()]
    assert [record[20:] for record in records] == [
        b"%d %d" % (shard, record)
        for shard in range(2)
        for record in range(300)
    ]


def test_a_folder_without_shards_holds_no_records(data_dir):
    assert list(read_records(paths.users(data_dir))) == []


@pytest.mark.parametrize("content", [lambda old: old[:-500], lambda _: b"none"])
def test_a_damaged_shard_is_named(data_dir, content):
    path = paths.shard(data_dir, "items", "items", 1, 2)
    with open(path, "r+b") as file:
        kept = content(file.read())
        file.seek(0)
        file.truncate()
        file.write(kept)
    with pytest.raises(UserError) as error:
        list(read_records(paths.items(data_dir)))
    assert str(error.value).startswith(f"{path} is damaged (")
    assert "\n" not in str(error.value)
    assert "[Op:" not in str(error.value)


@pytest.mark.parametrize("content", [b"a\nHut gr", "a\nö".encode()[:-1]])
def test_a_damaged_vocabulary_is_named(tmp_path, content):
    path = tmp_path / "items.txt"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"{path} is damaged"):
        read_vocabulary(str(path))
    path.write_bytes("a\nHut groß\n".encode())
    assert read_vocabulary(str(path)) == ["a", "Hut groß"]

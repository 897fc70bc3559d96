"""Items that a test makes in a line."""

import pytest
import tensorflow as tf

from atelier.schema import paths
from atelier.schema.item import build_item
from atelier.schema.vocabulary import vocabulary_lines


@pytest.fixture
def write_items(tmp_path):
    """Returns write_items(items): a folder with two shards, out of order."""

    def write(items):
        for name in ("items", "vocab"):
            (tmp_path / name).mkdir()
        for index in range(2):
            path = paths.shard(str(tmp_path), "items", "items", index, 2)
            with tf.io.TFRecordWriter(path, options="GZIP") as writer:
                for item in items[1 - index :: 2]:
                    writer.write(build_item(item))
        (tmp_path / "vocab" / "items.txt").write_bytes(
            vocabulary_lines([item.item_id for item in items])
        )
        return str(tmp_path)

    return write

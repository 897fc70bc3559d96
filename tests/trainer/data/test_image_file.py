"""Images of items, read at random from a local file."""

import numpy as np
import pytest
import tensorflow as tf

from atelier.schema.item import Item
from atelier.schema.item import build_item
from beam_jobs.shards import open_shard
from trainer.data.fingerprint import fingerprint
from trainer.data.image_file import ImageFile


@pytest.fixture
def images(tmp_path):
    """Items 0 to 4, with images of different sizes, in two shards."""
    shards = [str(tmp_path / f"items-{index}.gz") for index in range(2)]
    for shard, path in enumerate(shards):
        with open_shard(path) as writer:
            for number in range(shard, 5, 2):
                jpeg = b"%d" % number * (number + 1)
                writer.write(build_item(Item(f"item {number}", jpeg, "")))
    return ImageFile(shards)


def test_images_in_the_order_of_the_ids(images):
    ids = fingerprint(tf.constant(["item 3", "item 0", "item 4", "item 3"]))

    assert images.read(ids).numpy().tolist() == [
        b"3333",
        b"0",
        b"44444",
        b"3333",
    ]


def test_in_a_data_set(images):
    batches = tf.data.Dataset.from_tensor_slices(["item 1", "item 2"]).batch(2)

    (jpegs,) = batches.map(lambda ids: images.read(fingerprint(ids)))

    np.testing.assert_array_equal(jpegs, [b"11", b"222"])


def test_items_without_an_image(images):
    ids = fingerprint(tf.constant(["item 5", "item 4", "item 0", ""]))

    assert images.lacks(ids.numpy()).tolist() == [True, False, False, True]

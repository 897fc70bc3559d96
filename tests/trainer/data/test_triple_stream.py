"""The stream of triples: all of them once an epoch, in a repeatable order."""

import collections
import dataclasses
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from atelier.schema.records import list_shards
from atelier.schema.records import read_records
from atelier.schema.triple import Triple
from atelier.schema.triple import build_triple
from atelier.schema.triple import parse_triples
from atelier.schema.vocabulary import read_vocabulary
from beam_jobs.shards import open_shard
from trainer.data.fingerprint import fingerprint
from trainer.data.images import load_photos
from trainer.data.interactions import load_interactions
from trainer.data.triple_stream import TripleStream

SIZE = 32


@pytest.fixture(scope="module")
def user_ids(data_dir):
    return read_vocabulary(paths.vocabulary(data_dir, "users"))


@pytest.fixture(scope="module")
def triples(data_dir):
    """All (user, fingerprint) of the training triples, sorted."""
    interactions = load_interactions(data_dir)
    items = fingerprint(interactions.item_ids).numpy()
    train = interactions.train
    users = train.value_rowids().numpy().tolist()
    return sorted(zip(users, items[train.values.numpy()].tolist(), strict=True))


@pytest.fixture
def make_stream(data_dir, user_ids):
    def make(batch_size, steps, seed=0, worker=0, num_workers=1):
        sizes = (SIZE, batch_size, steps, seed, worker, num_workers)
        return TripleStream(data_dir, user_ids, *sizes)

    return make


def pairs(stream, first_step, num_batches):
    """Returns the (user, fingerprint) of batches, one list per batch."""
    return [
        list(map(tuple, tf.stack([batch["user"], batch["item"]], 1).numpy()))
        for batch in stream.from_step(first_step).take(num_batches)
    ]


def test_an_epoch_has_each_triple_once_in_another_order(make_stream, triples):
    steps = len(triples) // 8
    assert steps * 8 == len(triples)
    batches = pairs(make_stream(8, steps), 0, 2 * steps)
    first, second = sum(batches[:steps], []), sum(batches[steps:], [])
    assert sorted(first) == sorted(second) == triples
    assert first != second
    assert pairs(make_stream(8, steps, seed=1), 0, steps) != batches[:steps]


def test_a_resumed_stream_goes_on_as_the_uninterrupted(make_stream):
    whole = pairs(make_stream(8, 5), 0, 11)
    tf.random.set_seed(9)  # Another process has another global state.
    assert pairs(make_stream(8, 5), 7, 4) == whole[7:]


def test_two_workers_read_shards_of_their_own(make_stream, triples):
    """Each reads from its own shards, as often as its part of the steps."""
    rows = [
        sum(pairs(make_stream(2, 40, 0, worker, 2), 0, 20), [])
        for worker in range(2)
    ]
    assert len(rows[0]) == len(rows[1]) == 40
    seen = [set(of_worker) for of_worker in rows]
    assert not seen[0] & seen[1]
    # The smaller part of the shards is read a second time, the other is not.
    assert seen[0] | seen[1] == set(triples)
    assert max(collections.Counter(rows[0]).values()) <= 2


def test_images_are_those_of_the_items(data_dir, make_stream):
    interactions = load_interactions(data_dir)
    photos = load_photos(data_dir, 0)
    (batch,) = make_stream(8, 5).from_step(0).take(1)
    order = fingerprint(interactions.item_ids).numpy().tolist()
    items = [order.index(item) for item in batch["item"].numpy()]
    np.testing.assert_array_equal(batch["photos"], photos.take(items))
    assert np.isnan(batch["weight"]).all()


@pytest.fixture(scope="module")
def data_with_ids(data_dir, tmp_path_factory):
    """The same data set, its triples without images."""
    folder = tmp_path_factory.mktemp("ids") / "data"
    shutil.copytree(data_dir, folder)
    for path in folder.glob("triples/train-*"):
        parsed = [
            parse_triples(tf.constant([record]))
            for batch in read_records(str(path))
            for record in batch.numpy()
        ]
        with open_shard(str(path)) as writer:
            for one in parsed:
                user, item = (
                    one[name][0].numpy().decode()
                    for name in (feature_keys.USER_ID, feature_keys.ITEM_ID)
                )
                writer.write(build_triple(Triple(user, item, None)))
    manifest = Manifest.read(data_dir)
    dataclasses.replace(manifest, triples="ids").write(str(folder))
    return str(folder)


@pytest.mark.parametrize(("worker", "num_workers"), [(0, 1), (1, 2)])
def test_triples_without_images_give_the_same_batches(
    make_stream, data_with_ids, user_ids, worker, num_workers
):
    sizes = (8, 5, 0, worker, num_workers)
    stream = TripleStream(data_with_ids, user_ids, SIZE, *sizes)

    for made, expected in zip(
        stream.from_step(0).take(3),
        make_stream(*sizes).from_step(0).take(3),
        strict=True,
    ):
        for name in expected:
            np.testing.assert_array_equal(made[name], expected[name])


def test_an_item_that_the_shards_lack_is_one_sentence(
    data_with_ids, user_ids, tmp_path
):
    shutil.copytree(data_with_ids, tmp_path / "data")
    data_dir = str(tmp_path / "data")
    (path, *_) = list_shards(paths.triples(data_dir, "train"))
    with open_shard(path) as writer:
        triple = Triple(user_ids[0], "nowhere", None)
        writer.write(build_triple(triple))
    message = (
        rf"{re.escape(path)} .* item 'nowhere', .*items-0+-of-\d+\.tfrecord"
        r"\.gz does not hold; prepare"
    )
    with pytest.raises(UserError, match=message):
        TripleStream(data_dir, user_ids, SIZE, 8, 5, 0)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [((8, 5, 0, 4, 8), "fewer workers"), ((9, 5, 0, 0, 2), "multiple")],
)
def test_workers_that_get_no_part_are_one_sentence(make_stream, sizes, message):
    with pytest.raises(UserError, match=message):
        make_stream(*sizes)


def test_a_user_without_a_vector_is_an_error(data_dir, user_ids):
    stream = TripleStream(data_dir, user_ids[1:], SIZE, 56, 1, 0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="vocabulary"):
        next(iter(stream.from_step(0)))

"""Names on disk are a contract: data sets of last year are still read."""

import fnmatch

import pytest

from records import layout


@pytest.mark.parametrize("data_dir", ["gs://b/d", "gs://b/d/"])
@pytest.mark.parametrize(
    ("pattern", "kind", "name"),
    [
        (layout.items, "items", "items"),
        (layout.users, "users", "users"),
        (lambda data_dir: layout.triples(data_dir, "test"), "triples", "test"),
    ],
)
def test_shard_names(data_dir, pattern, kind, name):
    path = layout.shard(data_dir, kind, name, 3, 12)

    assert path == f"gs://b/d/{kind}/{name}-00003-of-00012.tfrecord.gz"
    assert fnmatch.fnmatch(path, pattern(data_dir))


def test_vocabulary_name():
    assert layout.vocabulary("d", "users") == "d/vocab/users.txt"

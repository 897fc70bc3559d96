"""Names on disk are a contract: data sets of last year are still read."""

import fnmatch

import pytest

from atelier.schema import paths


@pytest.mark.parametrize("data_dir", ["gs://b/d", "gs://b/d/"])
@pytest.mark.parametrize(
    ("pattern", "folder", "name"),
    [
        (paths.items, "items", "items"),
        (paths.users, "users", "users"),
        (lambda data_dir: paths.triples(data_dir, "test"), "triples", "test"),
    ],
)
def test_shard_names(data_dir, pattern, folder, name):
    path = paths.shard(data_dir, folder, name, 3, 12)

    assert path == f"gs://b/d/{folder}/{name}-00003-of-00012.tfrecord.gz"
    assert fnmatch.fnmatch(path, pattern(data_dir))


@pytest.mark.parametrize(
    ("directory", "path"),
    [
        ("runs/a/data/", "runs/a/models/x"),
        ("data", "models/x"),
        ("/data", "/models/x"),
        ("gs://b/data", "gs://b/models/x"),
    ],
)
def test_a_path_beside_a_folder(directory, path):
    assert paths.beside(directory, "models", "x") == path


def test_vocabulary_name():
    assert paths.vocabulary("d", "users") == "d/vocab/users.txt"

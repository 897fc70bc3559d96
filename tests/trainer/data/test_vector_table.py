"""Vectors of other models, and files that have none."""

import numpy as np
import pytest

from atelier.io.errors import UserError
from atelier.io.parquet import pa
from atelier.io.parquet import pq
from trainer.data.vector_table import read_vectors

IDS = ["a", "b", "c"]


@pytest.fixture
def write(tmp_path):
    """Returns write(name, ids, vectors, type), which returns the pattern."""

    def write_table(name, ids, vectors, kind=None):
        vectors = pa.array(vectors, kind or pa.list_(pa.float64()))
        columns = {"item_id": ids, "embedding": vectors}
        pq.write_table(pa.table(columns), tmp_path / name)
        return str(tmp_path / "*.parquet")

    return write_table


def test_vectors_of_all_files_come_in_the_order_of_the_items(write):
    fixed = pa.list_(pa.float32(), 2)
    write("1.parquet", ["c", "unknown"], [[5, 6], [7, 8]], fixed)
    pattern = write("2.parquet", ["b", "a"], [None, [1, 2]])
    vectors = read_vectors(pattern, IDS, 2)
    np.testing.assert_array_equal(vectors, [[1, 2], [0, 0], [5, 6]])
    assert vectors.dtype == np.float32


def test_an_empty_file_says_nothing_of_the_width(write):
    write("1.parquet", [], [])
    pattern = write("2.parquet", ["a"], [[1, 2]])
    assert read_vectors(pattern, IDS, 2).shape == (3, 2)


@pytest.mark.parametrize(
    ("ids", "vectors", "message"),
    [
        (["x"], [[1]], "no vector of any item of the data set, such as 'a'"),
        (["a"], [[float("nan")]], "a value that is no number"),
        (["a", "b"], [[1], [1, 2]], "'embedding', a list .*differ in length"),
        (["a"], [[]], "vectors of 0 values, but `features_dim` is 1"),
    ],
)
def test_unusable_vectors_are_one_sentence(write, ids, vectors, message):
    with pytest.raises(UserError, match=message):
        read_vectors(write("1.parquet", ids, vectors), IDS, 1)


def test_files_of_different_models_do_not_mix(write):
    write("1.parquet", ["a"], [[1]])
    pattern = write("2.parquet", ["b"], [[1, 2]])
    with pytest.raises(UserError, match="vectors of 1, 2 values, but `fea"):
        read_vectors(pattern, IDS, 2)


def test_a_pattern_without_files_has_no_vectors(tmp_path):
    with pytest.raises(UserError, match="no vector of any item"):
        read_vectors(str(tmp_path / "none.parquet"), IDS, 2)


@pytest.mark.parametrize(
    "columns",
    [{"item_id": ["a"]}, {"item_id": ["a"], "embedding": ["no list"]}],
    ids=["no column", "text"],
)
def test_other_tables_are_one_sentence(tmp_path, columns):
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table(columns), path)
    with pytest.raises(UserError, match=r"other\.parquet must be a Parquet"):
        read_vectors(str(path), IDS, 2)


def test_another_file_is_one_sentence(tmp_path):
    path = tmp_path / "photo.parquet"
    path.write_bytes(b"no table")
    with pytest.raises(UserError, match=r"photo\.parquet must be a Parquet"):
        read_vectors(str(path), IDS, 2)

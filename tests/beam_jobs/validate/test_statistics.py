"""The derived feature of users, and which statistics are found."""

import pytest

pytest.importorskip("tensorflow_data_validation")

import pyarrow as pa
import tensorflow as tf

from beam_jobs.validate.statistics import SETS
from beam_jobs.validate.statistics import has_statistics
from beam_jobs.validate.statistics import prefix_of
from beam_jobs.validate.statistics import read_statistics
from beam_jobs.validate.statistics import with_number_of_items


def test_number_of_items_in_powers_of_two():
    lengths = [0, 1, 2, 3, 4, 7, 8, 15, 16, None]
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array(
                [
                    None if length is None else [b"a"] * length
                    for length in lengths
                ],
                pa.large_list(pa.large_binary()),
            )
        ],
        ["item_ids"],
    )

    counted = with_number_of_items(batch)

    assert counted.column(1).to_pylist() == [
        [b"0"],
        [b"1"],
        [b"2-3"],
        [b"2-3"],
        [b"4-7"],
        [b"4-7"],
        [b"8-15"],
        [b"8-15"],
        [b"16-31"],
        [b"0"],
    ]


def test_users_of_whom_none_has_items():
    batch = pa.RecordBatch.from_arrays([pa.array(["ann", "bob"])], ["user_id"])

    counted = with_number_of_items(batch)

    assert counted.schema.names == ["user_id", "number_of_items"]
    assert counted.column(1).to_pylist() == [[b"0"], [b"0"]]


@pytest.fixture
def written(statistics_of, tmp_path):
    """Statistics of a sound data set, where a data set has them."""
    statistics = statistics_of()
    (tmp_path / "statistics").mkdir()
    for name in SETS:
        write(statistics[name], tmp_path, name)
    return statistics


def write(statistics, folder, name):
    path = str(folder / "statistics" / f"{name}.tfrecord")
    with tf.io.TFRecordWriter(path) as writer:
        writer.write(statistics.SerializeToString())


def test_statistics_are_read_back(written, tmp_path):
    prefix = prefix_of(str(tmp_path))

    assert has_statistics(prefix)
    assert read_statistics(prefix) == written


def test_incomplete_statistics_are_none(written, tmp_path):
    (tmp_path / "statistics" / "test.tfrecord").unlink()

    assert not has_statistics(prefix_of(str(tmp_path)))


def test_statistics_of_another_version_are_none(written, tmp_path):
    write(written["items"], tmp_path, "users")

    assert not has_statistics(prefix_of(str(tmp_path)))

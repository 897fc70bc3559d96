"""TFRecord files against those of TensorFlow."""

import io
import random

import pytest
import tensorflow as tf

from beam_jobs.tfrecord import TFRecordWriter
from beam_jobs.tfrecord import read_tfrecords


@pytest.fixture
def records():
    """Empty, short and long records, with and without repetitions."""
    rng = random.Random(0)
    return [
        b"",
        b"one",
        rng.randbytes(3000),
        rng.randbytes(70_000),
        bytes(rng.choices(b"ab ", k=300_000)),
        *(rng.randbytes(500) for _ in range(300)),
    ]


def written(records, level):
    file = io.BytesIO()
    with TFRecordWriter(file, level) as writer:
        for record in records:
            writer.write(record)
    return file.getvalue()


@pytest.mark.parametrize("level", [None, 1, 6])
def test_files_are_those_of_tensorflow(records, level, tmp_path):
    path = str(tmp_path / "a.tfrecord")
    options = tf.io.TFRecordOptions(
        "" if level is None else "GZIP", compression_level=level
    )
    with tf.io.TFRecordWriter(path, options) as writer:
        for record in records:
            writer.write(record)
    with open(path, "rb") as file:
        assert written(records, level) == file.read()


def test_records_are_read_back(records):
    assert list(read_tfrecords(io.BytesIO(written(records, None)))) == records


def test_a_damaged_file_is_refused(records):
    whole = written(records[1:3], None)
    for broken in (
        whole[:-1],
        whole[:5],
        whole[:15],
        whole[:14] + b"?" + whole[15:],
        b"?" + whole[1:],
    ):
        with pytest.raises(ValueError, match="a checksum is wrong"):
            list(read_tfrecords(io.BytesIO(broken)))

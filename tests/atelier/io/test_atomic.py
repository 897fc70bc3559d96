import os
import stat

import pytest
import tensorflow as tf

from atelier.io.atomic import atomic_write


@pytest.mark.parametrize("data", ["größe\n", b"\xff\x00"])
def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path, data):
    path = tmp_path / "file"
    path.write_text("what was there")
    atomic_write(str(path), data)
    assert path.read_bytes() == (
        data if isinstance(data, bytes) else data.encode()
    )
    assert os.listdir(tmp_path) == ["file"]


def test_a_private_file_was_never_public(tmp_path):
    leftover = tmp_path / "key.tmp"
    leftover.touch(0o644)
    atomic_write(str(tmp_path / "key"), "secret", 0o600)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    (tmp_path / "file.tmp").mkdir()
    with pytest.raises(OSError, match="file.tmp"):
        atomic_write(str(path), "new")
    assert path.read_text() == "old"


def test_the_content_is_on_disk_before_the_name(tmp_path, disk_operations):
    atomic_write(str(tmp_path / "file"), "new")
    assert disk_operations == [
        ("fsync", f"{tmp_path}/file.tmp", "new"),
        ("rename", f"{tmp_path}/file"),
        ("fsync", f"{tmp_path}", None),
    ]


def test_an_object_store_is_written_by_tensorflow():
    atomic_write("ram://store/file", "new")
    with tf.io.gfile.GFile("ram://store/file") as file:
        assert file.read() == "new"
    assert not tf.io.gfile.exists("ram://store/file.tmp")

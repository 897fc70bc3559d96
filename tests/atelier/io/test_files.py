import pytest

from atelier.io import files


@pytest.fixture(params=["local", "remote"])
def folder(request, tmp_path):
    """A folder to come, on disk or in a file system of TensorFlow."""
    path = tmp_path / "a" / "b"
    return str(path) if request.param == "local" else f"file://{path}"


def test_files_come_and_go(folder, tmp_path):
    file = f"{folder}/ä.bin"
    assert not files.exists(folder)
    assert files.list_names(folder) == []

    files.make_folders(folder)
    files.make_folders(folder)
    files.make_folders(f"{folder}/c")
    (tmp_path / "a" / "b" / "ä.bin").write_bytes(b"1\n\r\0")

    assert files.exists(file)
    assert sorted(files.list_names(folder)) == ["c", "ä.bin"]
    assert files.read_bytes(file) == b"1\n\r\0"
    files.remove(file)
    assert files.list_names(folder) == ["c"]

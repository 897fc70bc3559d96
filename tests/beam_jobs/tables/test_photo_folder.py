"""Folders of photos, by path and by URI."""

import types

import pytest

from beam_jobs.tables import photo_folder
from beam_jobs.tables.photo_folder import is_photo_folder
from beam_jobs.tables.photo_folder import photo_paths


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "more").mkdir()
    for name in ("b.jpg", "more/a.PNG", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_photos_of_a_folder_and_its_subfolders(folder):
    names = [path.rpartition("/")[2] for path in photo_paths(f"{folder}/")]

    assert names == ["b.jpg", "a.PNG"]
    assert is_photo_folder(str(folder))
    assert not is_photo_folder(str(folder / "b.jpg"))


def test_photos_of_an_object_store(monkeypatch):
    found = [
        types.SimpleNamespace(path=f"gs://shop/photos/{name}")
        for name in ("b.jpg", "notes.txt", "more/a.png")
    ]
    match = types.SimpleNamespace(metadata_list=found)
    monkeypatch.setattr(
        photo_folder.FileSystems,
        "match",
        lambda patterns: [match] if patterns == ["gs://shop/photos/**"] else [],
    )

    assert photo_paths("gs://shop/photos/") == [
        "gs://shop/photos/b.jpg",
        "gs://shop/photos/more/a.png",
    ]
    assert is_photo_folder("gs://shop/photos/")
    assert not is_photo_folder("gs://shop/photos")

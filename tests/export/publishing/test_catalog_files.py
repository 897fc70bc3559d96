"""The catalog folder of exported versions, and of their copies."""

import io
import json
import pathlib
import shutil

import numpy as np
import pytest
from PIL import Image

from atelier.io import files
from atelier.schema.catalog_files import CATALOG
from atelier.schema.catalog_files import ITEMS
from atelier.schema.catalog_files import SUMMARY
from atelier.schema.catalog_files import THUMBNAILS
from atelier.schema.catalog_files import thumbnail_name
from atelier.schema.item import Item
from export.availability.availability_variables import copy_version
from export.publishing.catalog_files import write_catalog
from export.publishing.catalog_files import write_summary
from trainer.data.items import read_items


def read_catalog(version_dir):
    """Returns the summary, the rows of the items, and the thumbnails."""
    folder = pathlib.Path(version_dir) / CATALOG
    lines = (folder / ITEMS).read_text().split("\n")
    thumbnails = folder / THUMBNAILS
    return (
        json.loads((folder / SUMMARY).read_text()),
        [json.loads(line) for line in lines if line],
        {path.name: path.read_bytes() for path in thumbnails.glob("*")},
    )


def photos_of(size, number):
    rng = np.random.default_rng(0)
    jpegs = []
    for _ in range(number):
        pixels = rng.integers(0, 256, (size, size, 3), np.uint8)
        jpeg = io.BytesIO()
        Image.fromarray(pixels).save(jpeg, format="JPEG")
        jpegs.append(jpeg.getvalue())
    return jpegs


def test_an_exported_version_has_all_items_with_their_images(
    exported, data_dir
):
    summary, rows, thumbnails = read_catalog(exported)
    items = read_items(data_dir, lambda item: item)
    assert summary["num_items"] == len(items) == len(rows)
    assert thumbnails == {
        thumbnail_name(item.item_id): item.image for item in items
    }
    row_of = {row["item_id"]: row for row in rows}
    for item in items:
        row = row_of[item.item_id]
        assert row["thumbnail"] == thumbnail_name(item.item_id)
        assert row["category"] == item.category
        assert row.get("url", "") == item.url
        assert row.get("price") == item.price
    stray = next(row for row in rows if row["item_id"] == "stray 0")
    assert set(stray) == {"item_id", "category", "thumbnail"}


def test_a_row_has_what_item_info_says(tmp_path):
    item = Item(
        "a\u2028b",
        b"",
        "hat",
        {"color": "dark \n red", "empty": ""},
        title="Größe",
        price=float(np.float32(19.99)),
    )
    write_catalog(str(tmp_path), {}, [item, Item("i" * 201, b"", "")], None)
    _, rows, thumbnails = read_catalog(tmp_path)
    assert rows == [
        {
            "item_id": "a\u2028b",
            "category": "hat",
            "title": "Größe",
            "attributes": {"color": "dark red"},
            "price": 19.99,
            "thumbnail": None,
        },
        {"item_id": "i" * 201, "thumbnail": None},
    ]
    assert not thumbnails


def test_large_images_are_scaled_and_ids_too_long_have_no_thumbnail(tmp_path):
    names = "a/b", "i" * 201
    photos = photos_of(300, 2)
    items = (
        Item(name, jpeg, "") for name, jpeg in zip(names, photos, strict=True)
    )
    write_catalog(str(tmp_path), {}, items, 300)
    _, rows, thumbnails = read_catalog(tmp_path)
    assert [row["thumbnail"] for row in rows] == ["a%2Fb.jpg", None]
    [jpeg] = thumbnails.values()
    assert Image.open(io.BytesIO(jpeg)).size == (256, 256)


def test_a_summary_without_a_number_is_no_json(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_summary(str(tmp_path), {"auc": float("nan")})


def inodes(version_dir):
    folder = pathlib.Path(version_dir) / CATALOG
    return {
        path.relative_to(folder): path.stat().st_ino
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_copies_share_the_catalog_but_not_what_they_change(exported, tmp_path):
    shutil.copytree(exported, tmp_path / "1")
    copy_version(str(tmp_path / "1"), str(tmp_path / "2"))
    assert inodes(tmp_path / "2") == inodes(tmp_path / "1")
    assert inodes(tmp_path / "2")
    for path in (tmp_path / "2").rglob("*"):
        if path.is_file() and CATALOG not in str(path):
            assert path.stat().st_nlink == 1, path
    shutil.rmtree(tmp_path / "1")
    assert read_catalog(tmp_path / "2") == read_catalog(exported)


def test_copies_without_hard_links_have_a_catalog_of_their_own(
    exported, tmp_path, monkeypatch
):
    def refuse(source, target):
        raise OSError("no hard links here")

    monkeypatch.setattr(files.os, "link", refuse)
    copy_version(str(exported), str(tmp_path / "2"))
    assert read_catalog(tmp_path / "2") == read_catalog(exported)
    copied, original = (
        set(inodes(path).values()) for path in (tmp_path / "2", exported)
    )
    assert not copied & original

import json
import shutil

import numpy as np
import pytest

from atelier.io.errors import UserError
from trainer.data.catalog_images import CatalogImages
from trainer.data.images import load_photos


def test_blocks_hold_each_image_once(data_dir):
    photos = load_photos(data_dir, memory_bytes=0)
    images = CatalogImages(data_dir)
    assert len(images) == len(photos)
    assert images.image_size == photos.image_size
    items = []
    for block, jpegs in images.blocks():
        items += block.tolist()
        assert jpegs.numpy().tolist() == [photos.jpeg(i) for i in block]
    assert sorted(items) == list(range(len(photos)))


def test_some_images_are_read(data_dir):
    photos = load_photos(data_dir, memory_bytes=0)
    jpegs = CatalogImages(data_dir).read(np.array([7, 3, 7]))
    assert jpegs == {index: photos.jpeg(index) for index in (3, 7)}


def test_the_vocabulary_counts_the_images(data_dir, tmp_path):
    shutil.copytree(data_dir, tmp_path / "data")
    path = tmp_path / "data" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["counts"]["items"] -= 1
    path.write_text(json.dumps(manifest))
    images = CatalogImages(str(tmp_path / "data"))
    assert len(images) == sum(len(items) for items, _ in images.blocks())


def test_no_manifest_no_images(tmp_path):
    with pytest.raises(UserError, match=r"no manifest\.json"):
        CatalogImages(str(tmp_path))


def test_an_item_that_some_files_lack_is_named(data_dir, tmp_path):
    shutil.copytree(data_dir, tmp_path / "data")
    path = tmp_path / "data" / "vocab" / "items.txt"
    known = path.read_bytes()
    path.write_bytes(known + b"nowhere\n")
    with pytest.raises(UserError, match="the id 'nowhere' is in some"):
        list(CatalogImages(str(tmp_path / "data")).blocks())
    path.write_bytes(known.replace(b"stray 0\n", b""))
    with pytest.raises(UserError, match="the id 'stray 0' is in some"):
        list(CatalogImages(str(tmp_path / "data")).blocks())

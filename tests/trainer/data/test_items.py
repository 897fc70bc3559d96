import shutil

import pytest

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.item import Item
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.items import read_items


def test_a_part_of_each_item_in_the_order_of_the_vocabulary(data_dir):
    expected = read_vocabulary(paths.vocabulary(data_dir, "items"))
    assert read_items(data_dir, lambda item: item.item_id) == expected


def test_items_are_what_was_written(write_items):
    items = [
        Item("é", b"\x00\xff", "", {"größe": "40, ½"}),
        Item("a", b"1", "hat"),
        Item("b", b"2", "shoe", {"größe": "", "x/y": "z"}),
    ]
    assert read_items(write_items(items), lambda item: item) == items


def test_shards_that_lack_an_item_are_a_contradiction(data_dir, tmp_path):
    shutil.copytree(data_dir, tmp_path / "data")
    for path in (tmp_path / "data" / "items").glob("*-00001-of-*"):
        path.unlink()
    with pytest.raises(UserError, match="is inconsistent"):
        read_items(str(tmp_path / "data"), lambda item: item.image)

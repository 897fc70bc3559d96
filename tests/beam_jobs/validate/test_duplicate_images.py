"""Photos that several items have are found among the items."""

import json

import pytest

from beam_jobs.validate import duplicate_images


@pytest.fixture
def data_dir(write_data, made_items, tmp_path):
    """A data set and three groups of items."""
    folder = write_data(tmp_path / "data", made_items)
    groups = [["no. 1, ñ", "no. 5, ñ"], ["no. 2, ñ"] * 4, ["gone", "lost"]]
    (folder / "identical_photos.jsonl").write_text(
        "".join(json.dumps({"item_ids": group}) + "\n" for group in groups)
    )
    return str(folder)


def test_the_largest_groups_come_first(data_dir, made_items):
    shown, count = duplicate_images.read_shared_photos(data_dir)

    assert count == 3
    assert [(group.item_ids[0], len(group.item_ids)) for group in shown] == [
        ("no. 2, ñ", 4),
        ("no. 1, ñ", 2),
        ("gone", 2),
    ]
    assert [group.photo for group in shown] == [
        made_items[2].image,
        made_items[1].image,
        b"",
    ]


def test_no_more_are_shown_than_fit(data_dir, monkeypatch):
    monkeypatch.setattr(duplicate_images, "GROUPS_SHOWN", 1)

    shown, count = duplicate_images.read_shared_photos(data_dir)

    assert (len(shown), count) == (1, 3)


def test_a_data_set_without_the_file(tmp_path):
    assert duplicate_images.read_shared_photos(str(tmp_path)) == ([], 0)

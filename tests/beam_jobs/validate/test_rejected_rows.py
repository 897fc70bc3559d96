"""Examples of what was left out are found, and broken files are named."""

import json

import pytest

from atelier.io.errors import UserError
from beam_jobs.validate import rejected_rows


@pytest.fixture
def write_lines(tmp_path):
    """Writes JSON lines below `rejected/`."""

    def write(name, rows):
        path = tmp_path / "rejected" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


def row(index, reason="unknown_item", **others):
    return {
        "table": "interactions",
        "file": "log.csv",
        "row": index,
        "reason": reason,
        "detail": f"row {index}",
        **others,
    }


def photo(index, reason="too_small"):
    return {
        "item_id": f"no. {index}",
        "file": "photos.csv",
        "row": index,
        "reason": reason,
        "detail": "12 x 12",
        "thumbnail": None,
    }


def test_the_first_rows_of_each_reason(tmp_path, write_lines):
    write_lines("a.jsonl", [row(index) for index in range(9)])
    write_lines("b.jsonl", [row(9, "duplicate_interaction")])
    rejected = {
        "interactions": {"unknown_item": 9, "duplicate_interaction": 1},
        "photos": {"too_small": 2},
    }

    unknown, repeated, small = rejected_rows.read_left_out(
        str(tmp_path), rejected
    )

    assert [example["row"] for example in unknown.shown] == [0, 1, 2, 3, 4]
    assert (unknown.table, unknown.count) == ("interactions", 9)
    assert [example["row"] for example in repeated.shown] == [9]
    assert (small.table, small.count, small.shown) == ("photos", 2, [])
    assert [example.chosen for example in (unknown, repeated)] == [False, True]


def test_lines_are_read_until_enough_are_found(tmp_path, write_lines):
    write_lines("a.jsonl", [row(index) for index in range(5)])
    (tmp_path / "rejected" / "b.jsonl").write_text("broken")
    rejected = {"interactions": {"unknown_item": 9}}

    (result,) = rejected_rows.read_left_out(str(tmp_path), rejected)

    assert len(result.shown) == 5


def test_photos_by_reason_the_most_frequent_first(
    tmp_path, write_lines, monkeypatch
):
    monkeypatch.setattr(rejected_rows, "PHOTOS_SHOWN", 2)
    rows = [photo(1, "blank"), photo(2), photo(3), photo(4)]
    write_lines("photos/a.jsonl", rows)

    small, blank = rejected_rows.read_rejected_photos(str(tmp_path))

    assert (small.reason, small.count) == ("too_small", 3)
    assert [example["item_id"] for example in small.shown] == ["no. 2", "no. 3"]
    assert (blank.reason, blank.count) == ("blank", 1)


def test_nothing_was_left_out(tmp_path):
    assert rejected_rows.read_left_out(str(tmp_path), {}) == []
    assert rejected_rows.read_rejected_photos(str(tmp_path)) == []


@pytest.mark.parametrize("line", [b"{", b"[]", b"{}", b'"\xff"'])
def test_a_broken_line(tmp_path, write_lines, line):
    path = write_lines("photos/a.jsonl", [photo(1)])
    path.write_bytes(path.read_bytes() + line)

    with pytest.raises(UserError) as caught:
        rejected_rows.read_rejected_photos(str(tmp_path))

    assert str(caught.value).startswith(f"line 2 of {path} was not written b")
    assert "\n" not in str(caught.value)

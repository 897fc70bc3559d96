"""What an id may hold, and the line of a row that is left out."""

import json

import pytest

from beam_jobs.prepare.rejections import Rejection
from beam_jobs.prepare.rejections import id_problem
from beam_jobs.prepare.rejections import text_problem


@pytest.mark.parametrize(
    "value", ["a", "a,b", " a b ", "é帽子", "\u2028", "🧢", 7, 0, "\x7e"]
)
def test_sound_ids(value):
    assert id_problem("item_id", value) is None


@pytest.mark.parametrize("value", [None, ""])
def test_missing_ids(value):
    assert id_problem("item_id", value) == "the item_id is missing"


@pytest.mark.parametrize(
    "value", ["a\nb", "\0", "\t", "\x7f", "\x85", "\udce9"]
)
def test_ids_that_no_vocabulary_may_hold(value):
    assert id_problem("item_id", value) == (
        f"the item_id {value!r} contains control characters or is not UTF-8"
    )


def test_a_very_long_bad_id_is_cut():
    assert len(id_problem("item_id", "\n" * 100_000)) < 300


def test_line():
    rejection = Rejection("items", ("é.csv", 7), "bad_id", 'a "b"\n')

    line = rejection.to_json()

    assert json.loads(line) == {
        "table": "items",
        "file": "é.csv",
        "row": 7,
        "reason": "bad_id",
        "detail": 'a "b"\n',
    }
    assert "é.csv" in line
    assert "\n" not in line
    assert rejection.count_key() == ("rejected", "items", "bad_id")


def test_a_line_about_a_file_whose_name_is_no_utf8():
    rejection = Rejection("items", ("caf\udce9.csv", 7), "bad_id", "")

    line = rejection.to_json()

    assert line.encode()
    assert json.loads(line)["file"] == "caf\udce9.csv"


@pytest.mark.parametrize("value", [1.5, True, b"a", ["a"], {"a": 1}])
def test_ids_of_other_types(value):
    assert "ids are strings or integers" in id_problem("item_id", value)


def test_free_text():
    assert text_problem("colour", "two\nlines, é") is None
    assert "not UTF-8" in text_problem("colour", "caf\udce9")

"""What an id may hold, and the line of a row that is left out."""

import json

import apache_beam as beam
import pytest

from beam_jobs.options import beam_options
from beam_jobs.prepare.rejections import Rejection
from beam_jobs.prepare.rejections import WriteRejections
from beam_jobs.prepare.rejections import example_of
from beam_jobs.prepare.rejections import id_problem
from beam_jobs.prepare.rejections import lookalike_hint
from beam_jobs.prepare.rejections import text_problem
from beam_jobs.run_pipeline import new_pipeline

ACCENTS = "; one table may hold its accents as letters of their own (NFD)"


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


@pytest.mark.parametrize("value", ["1.23E+12", "1E+11"])
def test_ids_that_a_spreadsheet_rounded(value):
    assert id_problem("item_id", value) == (
        f"the item_id {value!r} is incomplete: a spreadsheet has rounded this "
        "number; format the column as text before saving"
    )


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("v1.0", ""),
        ("17", "; one table may have lost leading zeros"),
        ("17.0", "; one table may hold it as a number with decimals"),
        ("17  ", "; it has blanks at an end"),
        ("e\u0301", ACCENTS),
        ("\u00e9", ACCENTS),
    ],
)
def test_hints_on_ids_without_counterpart(value, hint):
    assert lookalike_hint(value) == hint


def test_example(tmp_path):
    (tmp_path / "rejected").mkdir()
    lines = [
        Rejection(table, ("log.csv", row), "bad_time", f"no. {row}").to_json()
        for row, table in enumerate(["items", "interactions"])
    ]
    path = tmp_path / "rejected" / "rejected-00000-of-00001.jsonl"
    path.write_text("\n".join(lines))

    assert example_of(str(tmp_path), "interactions", "bad_time") == (
        ", for example log.csv row 1: no. 1"
    )
    assert example_of(str(tmp_path), "interactions", "bad_id") == ""


def test_the_first_rows_of_each_reason_are_listed(tmp_path, monkeypatch):
    monkeypatch.setattr("beam_jobs.prepare.rejections.LISTED", 2)
    rejections = [
        Rejection("items", (path, row), reason, "")
        for row in (10, 9, 3, 1)
        for path in ("b.csv", "caf\udce9.csv")
        for reason in ("bad_id", "bad_text")
    ]

    with new_pipeline(beam_options([], "prog")) as pipeline:
        _ = pipeline | beam.Create(rejections) | WriteRejections(str(tmp_path))

    (path,) = (tmp_path / "rejected").iterdir()
    assert path.read_text() == "".join(
        f"{Rejection('items', ('b.csv', row), reason, '').to_json()}\n"
        for row in (1, 3)
        for reason in ("bad_id", "bad_text")
    )


def test_nothing_rejected_writes_no_file(tmp_path):
    with new_pipeline(beam_options([], "prog")) as pipeline:
        _ = pipeline | beam.Create([]) | WriteRejections(str(tmp_path))

    assert list(tmp_path.iterdir()) == []


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

"""Lines of the rows that are left out."""

import json

import apache_beam as beam

from beam_jobs.options import beam_options
from beam_jobs.prepare.rejections import Rejection
from beam_jobs.prepare.rejections import WriteRejections
from beam_jobs.prepare.rejections import example_of
from beam_jobs.run_pipeline import new_pipeline


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

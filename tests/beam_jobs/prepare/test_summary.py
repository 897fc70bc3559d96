"""Numbers of a job come back as the manifest's fields."""

import apache_beam as beam
import pytest

from beam_jobs.options import beam_options
from beam_jobs.prepare import summary
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.stable_hash import add_hashes


@pytest.mark.parametrize("hashes", [[], [bytes(31) + b"\1", bytes(31) + b"\2"]])
def test_summary(tmp_path, hashes):
    path = str(tmp_path / "summary.json")
    counts = [
        (("counts", "items"), 2),
        (("rows", "items"), 1),
        (("rows", "items"), 1),
        (("rejected", "items", "bad_id"), 1),
        (("dropped_users", "user_with_too_few_interactions"), 1),
        (("hashed_emails",), 2),
        (("cutouts", "cut"), 1),
        (("times", "ISO 8601", "2021"), 2),
        (("hot_keys", "items", "i"), 200_000),
    ]

    with new_pipeline(beam_options([], "prog")) as pipeline:
        added = pipeline | "Hashes" >> beam.Create(hashes)
        _ = (
            pipeline
            | "Counts" >> beam.Create(counts)
            | summary.WriteSummary(path, added)
        )

    assert summary.read_summary(path) == {
        "counts": {**dict.fromkeys(summary.COUNTS, 0), "items": 2},
        "rows": {"items": 2},
        "rejected": {"items": {"bad_id": 1}},
        "dropped_users": {"user_with_too_few_interactions": 1},
        "hashed_emails": 2,
        "cutouts": {"cut": 1},
        "times": {"ISO 8601": {"2021": 2}},
        "hot_keys": {"items": {"i": 200_000}},
        "content_hash": add_hashes(hashes).hex(),
    }


def test_a_line_on_users():
    dropped = {
        "user_with_too_few_interactions": 84,
        "user_without_training_interactions": 2,
    }

    assert summary.kept_line(1316, dropped, 5) == (
        "1,316 of 1,402 users kept, 84 have fewer than 5 interactions, "
        "2 have no training interactions"
    )
    assert summary.kept_line(4, {}, 5) == "4 of 4 users kept"


def test_a_line_on_emails():
    assert summary.emails_line(0) == []
    assert summary.emails_line(1200) == [
        "e-mail addresses hashed in 1,200 rows; --email_users keep stores them "
        "as they are"
    ]


def test_a_line_on_unused_columns():
    many = [f"c{number}" for number in range(23)]

    assert summary.unused_line([]) == []
    assert summary.unused_line(["qty", "hue"]) == ["columns not used: qty, hue"]
    assert summary.unused_line(many)[0].endswith("c18, c19 and 3 more")


def test_lines_on_times():
    times = {"ISO 8601": {"2021": 1200, "2019": 34}, "dates": {"2020": 1}}

    assert summary.times_lines(times) == [
        "times read as ISO 8601: 1,234, from 2019 to 2021",
        "times read as dates: 1, in 2020",
    ]


@pytest.mark.parametrize(
    ("cutouts", "lines"),
    [
        ({}, []),
        ({"cut": 9}, ["garments cut out: 9; photos kept whole: 0"]),
        (
            {"cut": 1234, "garment_torn": 2, "no_mask": 1},
            [
                "garments cut out: 1,234; photos kept whole: 3 (2 "
                "garment_torn, 1 no_mask)"
            ],
        ),
    ],
)
def test_a_line_on_cut_outs(cutouts, lines):
    assert summary.cutout_lines(cutouts) == lines

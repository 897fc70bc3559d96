"""Images or ids in triples, by the size of both."""

import pytest

from beam_jobs.prepare import triple_form

COUNTS = {"items": 10, "train": 38, "validation": 1, "test": 1}


@pytest.mark.parametrize(
    ("requested", "counts", "form", "line"),
    [
        (
            "auto",
            COUNTS,
            "images",
            "triples hold images, about 4.0 times the bytes of the items, at "
            "most 4",
        ),
        (
            "auto",
            {**COUNTS, "negative": 1},
            "ids",
            "triples hold ids: images would take about 4.1 times the bytes of "
            "the items, more than 4",
        ),
        ("ids", COUNTS, "ids", "triples hold ids, as --triples requests"),
        (
            "images",
            {**COUNTS, "train": 10**6},
            "images",
            "triples hold images, as --triples requests",
        ),
    ],
)
def test_form(requested, counts, form, line):
    assert triple_form.form_of_counts(requested, counts) == form
    assert triple_form.form_line(requested, counts) == line

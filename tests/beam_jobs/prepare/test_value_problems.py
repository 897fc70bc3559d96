"""Ids and texts that are refused, and the words for it."""

import pytest

from beam_jobs.prepare.value_problems import id_problem
from beam_jobs.prepare.value_problems import lookalike_hint
from beam_jobs.prepare.value_problems import text_problem

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


@pytest.mark.parametrize("value", [1.5, True, b"a", ["a"], {"a": 1}])
def test_ids_of_other_types(value):
    assert "ids are strings or integers" in id_problem("item_id", value)


def test_free_text():
    assert text_problem("colour", "two\nlines, é") is None
    assert "not UTF-8" in text_problem("colour", "caf\udce9")

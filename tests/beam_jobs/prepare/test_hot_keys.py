"""Interactions of hot items under several keys."""

import collections

import pytest

from beam_jobs.prepare import hot_keys

HOT = {"best": 250_000}


def interaction(row):
    return ("u", None, None, ("log.csv", row))


def test_interactions_of_a_hot_item_have_several_keys():
    keys = collections.Counter(
        hot_keys.salted(("best", interaction(row)), HOT)[0]
        for row in range(1, 901, 3)
    )

    assert set(keys) == {("best", salt) for salt in range(3)}
    assert all(70 < count < 130 for count in keys.values())
    assert hot_keys.salted(("other", interaction(7)), HOT) == (
        ("other", 0),
        interaction(7),
    )


def test_an_item_has_every_key_of_its_interactions():
    keys = [key for key, _ in hot_keys.with_all_salts(("best", 1), HOT)]

    assert keys == [("best", 0), ("best", 1), ("best", 2)]
    assert list(hot_keys.with_all_salts(("other", 1), HOT)) == [
        (("other", 0), 1)
    ]


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        (
            {"a": 200_000, "b": 300_000},
            "items with more than 100,000 interactions: 2 "
            "('b' 300,000, 'a' 200,000)",
        ),
        (
            dict.fromkeys("dcba", 100_001),
            "items with more than 100,000 interactions: 4 "
            "('a' 100,001, 'b' 100,001, 'c' 100,001, ...)",
        ),
    ],
)
def test_lines(counts, line):
    assert hot_keys.hot_lines({"items": counts}) == [line]


def test_no_lines():
    assert hot_keys.hot_lines({}) == []

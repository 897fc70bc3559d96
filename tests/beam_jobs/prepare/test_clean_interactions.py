"""Rows of the interactions table, one by one."""

import pytest
from apache_beam.pvalue import TaggedOutput

from beam_jobs.prepare.clean_interactions import TIMES
from beam_jobs.prepare.clean_interactions import InteractionFilter
from beam_jobs.prepare.clean_interactions import join_item
from beam_jobs.prepare.clean_interactions import keyed_interaction
from beam_jobs.prepare.clean_interactions import without_repeats
from beam_jobs.tables.row import Row

ADDRESS = ("log.csv", 1)
ALL = InteractionFilter(None, None, None, needs_times=False)


@pytest.fixture
def key():
    """Keys a row of some values; (outputs, reason of the rejection)."""

    def key(window=ALL, time_format="auto", **values):
        row = Row(ADDRESS, {"user_id": "u", "item_id": "i", **values})
        outputs = list(keyed_interaction(row, window, time_format))
        tagged = [
            output for output in outputs if isinstance(output, TaggedOutput)
        ]
        return (
            [output for output in outputs if output not in tagged],
            [output.value for output in tagged if output.tag == TIMES],
            [output.value.reason for output in tagged if output.tag != TIMES],
        )

    return key


def test_a_time_is_kept_and_its_format_counted(key):
    kept, times, rejected = key(time="2021-03-01 00:00:01 UTC", weight="2")

    assert kept == [("i", ("u", 1_614_556_801, 2.0, ADDRESS))]
    assert times == [(("times", "ISO 8601", "2021"), 1)]
    assert rejected == []


def test_the_stated_format_of_times(key):
    _, times, rejected = key(time_format="%m/%d/%Y", time="3/1/2021")

    assert times == [(("times", "%m/%d/%Y", "2021"), 1)]
    assert rejected == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"time": "3/1/2021"}, "bad_time"),
        ({"time": 44256}, "bad_time"),
        ({"weight": "much"}, "bad_weight"),
        ({"quantity": "one"}, "bad_quantity"),
        ({"quantity": "-1"}, "returned"),
        ({"quantity": 0}, "returned"),
        ({"weight": "-0.5"}, "weight_not_positive"),
        ({"weight": 0}, "weight_not_positive"),
        ({"user_id": None}, "bad_id"),
    ],
)
def test_rejected_rows(key, values, reason):
    kept, _, rejected = key(**values)

    assert (kept, rejected) == ([], [reason])


@pytest.mark.parametrize(
    ("values", "weight"),
    [
        ({"weight": -0.5}, -0.5),
        ({"weight": -0.5, "quantity": 2}, -0.5),
        ({"quantity": -2}, -1.0),
        ({"quantity": -1, "weight": 3}, -3.0),
        ({"quantity": -1, "weight": 0}, -1.0),
        ({"weight": 2}, 2.0),
    ],
)
def test_negatives_that_are_kept(key, values, weight):
    window = InteractionFilter(None, None, 2.0, False, keeps_negatives=True)
    kept, _, rejected = key(window, **values)

    assert kept == [("i", ("u", None, weight, ADDRESS))]
    assert rejected == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"weight": 0}, "weight_not_positive"),
        ({"quantity": 0}, "returned"),
        ({"quantity": 0, "weight": -1}, "returned"),
    ],
)
def test_nothing_is_no_negative(key, values, reason):
    window = InteractionFilter(None, None, None, False, keeps_negatives=True)

    assert key(window, **values)[2] == [reason]


@pytest.mark.parametrize(
    ("weights", "counts"),
    [
        ([None, None], 0),
        ([1.0, 5.0, 5.0, 2.0], 1),
        ([None, 2.0], 1),
        ([-1.0, 1.0], 1),
        ([3.0, 1.0, -1.0], 2),
    ],
)
def test_the_interaction_that_counts_of_repeats(weights, counts):
    interactions = [
        ("i", 0, time, weight, ("log.csv", time))
        for time, weight in enumerate(weights)
    ]
    *repeats, (_, kept) = without_repeats(("u", interactions[::-1]))

    assert kept == [interactions[counts]]
    assert [repeat.value.address[1] for repeat in repeats] == [
        time for time in range(len(weights)) if time != counts
    ]


@pytest.mark.parametrize("quantity", [None, "", "2", 0.5])
def test_bought_rows(key, quantity):
    kept, _, rejected = key(quantity=quantity)

    assert (len(kept), rejected) == (1, [])


def test_an_id_that_nearly_fits():
    interactions = [("u", None, None, ADDRESS)]

    (output,) = join_item(
        (("17.0", 0), {"shards": [], "interactions": interactions})
    )

    assert output.value.reason == "unknown_item"
    assert output.value.detail == (
        "item '17.0' is not an item with a valid photo; one table may hold it "
        "as a number with decimals"
    )

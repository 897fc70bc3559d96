"""What a page shows of a feature, here and in a baseline."""

import pytest

pytest.importorskip("tensorflow_data_validation")

from atelier.schema.tf_example import build_example
from beam_jobs.validate.report_features import view_feature
from beam_jobs.validate.statistics import features_of


@pytest.fixture(scope="module")
def features(statistics_of):
    """Features of made items, here and in a baseline."""

    def compute(*values):
        records = [build_example(value) for value in values]
        return features_of(statistics_of(items=records), "items")

    day = 86_400
    here = compute(
        *({"n": [1.0], "time": [0], "word": [b"a"]},) * 3,
        {"n": [5.0], "time": [10 * day], "word": [b"b"], "many": [b"x", b"y"]},
    )
    before = compute(
        {"n": [9.0], "time": [20 * day], "word": [b"c"], "gone": [b"z"]},
        {"n": [float("nan")], "time": [10**15], "word": [b"a"]},
    )
    return here, before


def view(name, *tables):
    return view_feature(name, [table.get(name) for table in tables])


def ends(result):
    return result.histograms.low, result.histograms.high


def test_words(features):
    result = view("word", features[0])

    assert (result.name, result.kind) == ("word", "string")
    assert dict(result.facts) == {
        "records with a value": ["4"],
        "records without a value": ["0"],
        "distinct values": ["2"],
        "mean length": ["1.0 bytes"],
    }
    assert [(bar.value, bar.count, bar.shares) for bar in result.bars] == [
        ("a", 3, [0.75]),
        ("b", 1, [0.25]),
    ]
    assert result.histograms is None


def test_words_beside_a_baseline(features):
    result = view("word", *features)

    assert [(bar.value, bar.shares) for bar in result.bars] == [
        ("a", [0.75, 0.5]),
        ("b", [0.25, 0.0]),
        ("c", [0.0, 0.5]),
    ]


def test_lists_say_how_long_they_are(features):
    facts = dict(view("many", features[0]).facts)

    assert facts["records without a value"] == ["3"]
    assert facts["min values per record"] == ["2"]
    assert facts["mean values per record"] == ["2.0"]
    assert facts["max values per record"] == ["2"]


def test_numbers(features):
    result = view("n", features[0])

    facts = dict(result.facts)
    assert [facts[name] for name in ("min", "mean", "median", "max")] == [
        ["1"],
        ["2"],
        ["1"],
        ["5"],
    ]
    assert facts["zeros"] == ["0"]
    assert ends(result) == ("1", "5")
    (columns,) = result.histograms.groups
    assert [column.tip for column in columns if column.height > 0.01] == [
        "1 to 1.4: 3",
        "4.6 to 5: 1",
    ]
    assert columns[0].height == 1
    assert columns[-1].height == pytest.approx(1 / 3, abs=0.01)
    assert columns[-1].left + columns[-1].width == pytest.approx(1)


def test_histograms_stand_on_one_scale(features):
    result = view("n", *features)

    here, before = result.histograms.groups
    assert ends(result) == ("1", "9")
    assert here[-1].left + here[-1].width == pytest.approx(0.5)
    assert before[0].left == pytest.approx(1)
    assert dict(result.facts)["not a number"] == ["–", "1"]


def test_times_are_days(features):
    result = view("time", features[0])

    assert result.kind == "time"
    assert ends(result) == ("1970-01-01", "1970-01-11")


def test_what_is_no_time_is_a_number(features):
    assert ends(view("time", *features)) == (
        "1970-01-01",
        "1,000,000,000,000,000",
    )


def test_a_feature_of_the_baseline_only(features):
    result = view("gone", *features)

    (bar,) = result.bars
    assert dict(result.facts)["records with a value"] == ["–", "1"]
    assert (bar.value, bar.count, bar.shares) == ("z", 0, [0.0, 1.0])


def test_ids_that_differ_need_no_bars(statistics_of):
    table = features_of(statistics_of(), "items")

    result = view("item_id", table)

    assert result.bars == []
    assert dict(result.facts)["distinct values"] == ["60"]


def test_photos_have_sizes_and_lists_of_users_an_order(statistics_of):
    statistics = statistics_of()

    photo = view("image", features_of(statistics, "items"))
    counts = view("number_of_items", features_of(statistics, "users"))

    assert photo.kind == "image"
    assert {"smallest", "mean", "largest"} <= dict(photo.facts).keys()
    assert [bar.value for bar in counts.bars] == ["1", "2-3", "4-7", "8-15"]
    assert counts.kind == "derived from item_ids"

"""Items of two data sets are joined by id, without their photos."""

import dataclasses

import pytest

pytest.importorskip("tensorflow_data_validation")

from atelier.schema.item import build_item
from atelier.schema.tf_example import build_example
from beam_jobs.options import beam_options
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.validate.feature_skew import WriteFeatureSkew
from beam_jobs.validate.feature_skew import read_skew
from beam_jobs.validate.feature_skew import skew_anomalies
from beam_jobs.validate.feature_skew import without_photo


def test_no_photo_goes_into_the_join(made_items):
    item = made_items[0]

    light = without_photo(build_item(item), photos=True)

    assert set(light.features.feature) == {"item_id", "category", "image"}
    assert len(light.features.feature["image"].bytes_list.value[0]) == 32
    assert item.image not in light.SerializeToString()
    other = dataclasses.replace(item, image=made_items[1].image)
    assert without_photo(build_item(other), photos=True) != light


def test_photos_that_cannot_be_compared_are_left_out(made_items):
    light = without_photo(build_item(made_items[0]), photos=False)

    assert set(light.features.feature) == {"item_id", "category"}


def test_a_record_that_lacks_all_of_it():
    assert not without_photo(build_example({}), photos=True).features.feature


def test_what_differs_is_counted_and_named(made_items, write_data, tmp_path):
    baseline = made_items[:50]
    items = [
        dataclasses.replace(item, category="bag") if index < 30 else item
        for index, item in enumerate(made_items[25:], 25)
    ]
    there = str(write_data(tmp_path / "there", baseline))
    here = str(write_data(tmp_path / "here", items))

    with new_pipeline(beam_options([], "prog")) as pipeline:
        _ = pipeline | WriteFeatureSkew(here, there, photos=False)
    skew = read_skew(here, there)

    assert skew["items"]["both"] == 25
    assert skew["items"]["only_here"]["count"] == 10
    assert skew["items"]["only_here"]["examples"][0] == "no. 50, ñ"
    assert skew["items"]["only_in_baseline"]["count"] == 25
    assert len(skew["items"]["only_in_baseline"]["examples"]) == 20
    assert skew["features"] == {
        "category": {
            "equal": 20,
            "different": 5,
            "examples": [f"no. {index}, ñ" for index in range(25, 30)],
        }
    }
    (key, anomaly), *others = skew_anomalies(skew).items()
    assert not others
    assert key == "items: category of the same item"
    assert anomaly.description == (
        f"5 of 25 items have a different category than in {there}, for example "
        "'no. 25, ñ', 'no. 26, ñ', 'no. 27, ñ'"
    )


def test_equal_items_are_no_anomaly():
    features = {"image": {"equal": 3, "different": 0, "examples": []}}

    assert not skew_anomalies({"baseline": "x", "features": features})

"""What each curated schema lets through and what it stops."""

import dataclasses
import math

import pytest

pytest.importorskip("tensorflow_data_validation")

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from atelier.io.errors import UserError
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.item import build_item
from atelier.schema.tf_example import build_example
from atelier.schema.triple import build_triple
from beam_jobs.validate.anomalies import find_anomalies
from beam_jobs.validate.dataset_statistics import DatasetStatistics
from beam_jobs.validate.schema import add_free_features
from beam_jobs.validate.schema import curated_schema
from beam_jobs.validate.schema import expect_triples_of_ids
from beam_jobs.validate.schema import infer_schema
from beam_jobs.validate.schema import read_schema

SOURCES = ("tables", "hm", "dvbpr_npy", "amazon_reviews")
CATEGORY = {
    "tables": "anything",
    "hm": "Socks & Tights",
    "dvbpr_npy": "men's tops",
    "amazon_reviews": "Clothing, Shoes & Jewelry",
}


@pytest.fixture(scope="session")
def sound(made_items, made_triples):
    """Items and triples as a source has them."""

    def records(source):
        items = [
            dataclasses.replace(item, category=CATEGORY[source])
            for item in made_items
        ]
        triples = made_triples
        if source == "hm":
            triples = [
                dataclasses.replace(triple, weight=None) for triple in triples
            ]
        return items, triples

    return records


@pytest.fixture
def anomalies_of(statistics_of, sound):
    """Returns the keys of what a source's schema finds in records."""

    def find(source, **sets):
        items, triples = sound(source)
        built = list(map(build_triple, triples))
        statistics = statistics_of(
            **{
                "items": list(map(build_item, items)),
                **dict.fromkeys(paths.SPLITS, built),
                **sets,
            }
        )
        schema = curated_schema(source)
        add_free_features(schema, statistics)
        result = find_anomalies(DatasetStatistics("", None, statistics), schema)
        return set(result.anomaly_info)

    return find


@pytest.mark.parametrize("source", SOURCES)
def test_sound_data_have_no_anomalies(anomalies_of, source):
    assert anomalies_of(source) == set()


def test_triples_of_ids(statistics_of, sound):
    items, triples = sound("tables")
    ids = [dataclasses.replace(triple, image=None) for triple in triples]
    statistics = statistics_of(
        items=list(map(build_item, items)),
        **dict.fromkeys(paths.SPLITS, list(map(build_triple, ids))),
    )
    data = DatasetStatistics("", None, statistics)
    schema = curated_schema("tables")
    add_free_features(schema, statistics)

    assert set(find_anomalies(data, schema).anomaly_info) == {
        f"{split}: image" for split in paths.SPLITS
    }
    expect_triples_of_ids(schema)
    expect_triples_of_ids(schema)
    assert not find_anomalies(data, schema).anomaly_info


@pytest.mark.parametrize("source", SOURCES)
def test_every_schema_has_thresholds_for_a_baseline(source):
    compared = {
        feature.name
        for feature in curated_schema(source).feature
        if feature.HasField("drift_comparator")
    }

    assert compared >= {"category", "time", "number_of_items"}


@pytest.mark.parametrize(
    ("source", "category", "share", "result"),
    [
        ("tables", "new", 1.0, False),
        ("amazon_reviews", "new", 1.0, False),
        ("hm", "new", 0.005, False),
        ("hm", "new", 0.05, True),
        ("dvbpr_npy", "", 0.5, False),
        ("dvbpr_npy", "new", 0.005, True),
    ],
)
def test_a_category(anomalies_of, sound, source, category, share, result):
    items = (sound(source)[0] * 4)[:200]
    for index in range(int(share * len(items))):
        items[index] = dataclasses.replace(items[index], category=category)

    anomalies = anomalies_of(source, items=list(map(build_item, items)))

    assert anomalies == ({"items: category"} if result else set())


PRODUCT = {
    "title": "A hat",
    "description": "Warm.",
    "price": 9.5,
    "url": "/1",
    "group_id": "1",
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("changed", "expected"),
    [({}, set()), ({"price": math.inf}, {"items: price"})],
)
def test_product_data(anomalies_of, sound, source, changed, expected):
    items = list(sound(source)[0])
    items[3] = dataclasses.replace(items[3], **{**PRODUCT, **changed})

    anomalies = anomalies_of(source, items=list(map(build_item, items)))

    assert anomalies == expected


def test_inferred_texts_of_products_have_no_domain(statistics_of, made_items):
    items = [dataclasses.replace(item, **PRODUCT) for item in made_items]

    schema = infer_schema(statistics_of(items=list(map(build_item, items))))

    kinds = {
        feature.name: feature.WhichOneof("domain_info")
        for feature in schema.feature
    }
    assert dict.fromkeys(PRODUCT) == {name: kinds[name] for name in PRODUCT}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("time", "result"),
    [
        (18_262, True),  # Days.
        (1_577_836_800_000, True),  # Milliseconds.
        (-1, True),
        (4_102_444_799, False),  # The last second of 2099.
    ],
)
def test_a_time(anomalies_of, sound, source, time, result):
    triples = list(sound(source)[1])
    triples[3] = dataclasses.replace(triples[3], time=time)

    anomalies = anomalies_of(source, train=list(map(build_triple, triples)))

    assert anomalies == ({"train: time"} if result else set())


@pytest.mark.parametrize("source", SOURCES)
def test_only_hm_always_has_times(anomalies_of, sound, source):
    triples = list(sound(source)[1])
    triples[3] = dataclasses.replace(triples[3], time=None)

    anomalies = anomalies_of(source, train=list(map(build_triple, triples)))

    assert anomalies == ({"train: time"} if source == "hm" else set())


@pytest.mark.parametrize(
    ("source", "weight", "result"),
    [
        ("tables", -1e9, False),
        ("tables", float("nan"), True),
        ("tables", float("inf"), True),
        ("amazon_reviews", 0.0, True),
        ("amazon_reviews", 5.5, True),
        ("amazon_reviews", 4.5, False),
        ("dvbpr_npy", 6.0, True),
        ("hm", 1.0, True),  # The price says nothing.
    ],
)
def test_a_weight(anomalies_of, sound, source, weight, result):
    triples = list(sound(source)[1])
    triples[3] = dataclasses.replace(triples[3], weight=weight)

    anomalies = anomalies_of(source, train=list(map(build_triple, triples)))

    assert anomalies == ({"train: weight"} if result else set())


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"attribute/neu": [b"text"]}, set()),
        ({"attribute/neu": [7]}, {"items: attribute/neu"}),
        ({"attribute/neu": [b"a", b"b"]}, {"items: attribute/neu"}),
        ({"brand": [b"text"]}, {"items: brand"}),
        ({"item_id": []}, {"items: item_id"}),
        ({"item_id": [b"a", b"b"]}, {"items: item_id"}),
        ({"image": []}, {"items: image"}),
        ({"image": [b"a", b"b"]}, {"items: image"}),
        ({"image": [1.5]}, {"items: image"}),
        ({"category": []}, {"items: category"}),
        ({"time": [1]}, {"items: time"}),
    ],
)
def test_an_item(anomalies_of, change, result):
    plain = {"item_id": [b"a"], "image": [b"jpeg"], "category": [b"hat"]}
    item = build_example({**plain, **change})

    assert anomalies_of("tables", items=[item] * 3) == result


def test_a_user_without_items(anomalies_of):
    users = [build_example({"user_id": [b"somebody"]})]

    assert anomalies_of("tables", users=users) == {"users: item_ids"}


@pytest.mark.parametrize(
    "source", ["nonesuch", "../schemas/hm", "common", None]
)
def test_no_schema_for_a_source(source):
    with pytest.raises(UserError, match="no schema for data of source .* --"):
        curated_schema(source)


def test_a_schema_without_our_environments(tmp_path):
    path = tmp_path / "schema.pbtxt"
    path.write_text('default_environment: "ITEMS"')

    with pytest.raises(UserError, match="lacks default_environment TRIPLES, U"):
        read_schema(str(path))


def test_a_feature_of_the_schema_is_not_replaced(statistics_of):
    schema = curated_schema("tables")
    given = schema.feature.add(name="attribute/colour", type=schema_pb2.INT)
    before = text_format.MessageToString(given)

    add_free_features(schema, statistics_of())

    result = [
        feature for feature in schema.feature if feature.name == given.name
    ]
    assert [text_format.MessageToString(feature) for feature in result] == [
        before
    ]


def test_inferred_is_one_schema_with_an_environment_for_each_kind(
    statistics_of,
):
    schema = infer_schema(statistics_of())

    absent = {
        feature.name: list(feature.not_in_environment)
        for feature in schema.feature
    }
    assert sorted(schema.default_environment) == ["ITEMS", "TRIPLES", "USERS"]
    assert absent == {
        feature_keys.ITEM_ID: ["USERS"],
        feature_keys.IMAGE: ["USERS"],
        feature_keys.CATEGORY: ["TRIPLES", "USERS"],
        "attribute/colour": ["TRIPLES", "USERS"],
        feature_keys.USER_ID: ["ITEMS"],
        feature_keys.ITEM_IDS: ["ITEMS", "TRIPLES"],
        "number_of_items": ["ITEMS", "TRIPLES"],
        feature_keys.TIME: ["ITEMS", "USERS"],
        feature_keys.WEIGHT: ["ITEMS", "USERS"],
    }


def test_inferred_categories_have_a_domain_and_ids_have_none(statistics_of):
    schema = infer_schema(statistics_of())

    kinds = {
        feature.name: feature.WhichOneof("domain_info")
        for feature in schema.feature
    }
    domains = {
        feature.name: list(feature.value) for feature in schema.string_domain
    }
    assert domains["category"] == ["hat", "shoe"]
    assert kinds[feature_keys.CATEGORY] == "domain"
    assert kinds[feature_keys.IMAGE] == "image_domain"
    for name in ("item_id", "user_id", "item_ids", "number_of_items"):
        assert kinds[name] is None

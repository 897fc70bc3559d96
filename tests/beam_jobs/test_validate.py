"""A sound set passes; one that leaves its schema fails with a list."""

import pathlib
import shutil

import pytest

from beam_jobs import validate
from records import features
from records.errors import UserError

pytest.importorskip("tensorflow_data_validation")

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tensorflow_metadata.proto.v0 import schema_pb2


def read(path, message):
    return text_format.Parse(path.read_text("utf-8"), message)


@pytest.fixture(scope="module")
def validated(prepared, tmp_path_factory) -> pathlib.Path:
    """The sound set, validated with an inferred schema."""
    data_dir = tmp_path_factory.mktemp("validated") / "data"
    shutil.copytree(prepared, data_dir)
    validate.main([f"--data_dir={data_dir}"])
    return data_dir


@pytest.fixture(scope="module")
def schema(validated):
    """The inferred schema."""
    return read(validated / "schema.pbtxt", schema_pb2.Schema())


def test_a_sound_set_has_statistics_and_no_anomalies(validated):
    found = read(validated / "anomalies.pbtxt", anomalies_pb2.Anomalies())

    assert not found.anomaly_info
    assert {path.name for path in (validated / "statistics").iterdir()} == {
        f"{name}.tfrecord"
        for name in ("items", "users", "train", "validation", "test")
    }


def test_one_schema_with_an_environment_for_each_kind(schema):
    absent = {one.name: list(one.not_in_environment) for one in schema.feature}

    assert sorted(schema.default_environment) == ["ITEMS", "TRIPLES", "USERS"]
    assert absent == {
        features.ITEM_ID: ["USERS"],
        features.IMAGE: ["USERS"],
        features.CATEGORY: ["TRIPLES", "USERS"],
        features.USER_ID: ["ITEMS"],
        features.ITEM_IDS: ["ITEMS", "TRIPLES"],
    }


def test_categories_have_a_domain_and_ids_have_none(schema):
    kinds = {one.name: one.WhichOneof("domain_info") for one in schema.feature}

    assert [list(one.value) for one in schema.string_domain] == [
        ["hat", "shoe"]
    ]
    assert kinds == {
        features.ITEM_ID: None,
        features.USER_ID: None,
        features.ITEM_IDS: None,
        features.IMAGE: "image_domain",
        features.CATEGORY: "domain",
    }


def test_a_new_category_fails_with_the_list(validated, schema, tmp_path):
    del schema.string_domain[0].value[1]
    given = tmp_path / "schema.pbtxt"
    given.write_text(text_format.MessageToString(schema))
    data_dir = tmp_path / "data"
    shutil.copytree(validated, data_dir)

    with pytest.raises(UserError) as caught:
        validate.main([f"--data_dir={data_dir}", f"--schema={given}"])

    first, *listed = str(caught.value).splitlines()
    assert first == f"{data_dir} has anomalies:"
    assert len(listed) == 1
    assert listed[0].startswith("  items: category: ")
    assert "shoe" in listed[0]
    found = read(data_dir / "anomalies.pbtxt", anomalies_pb2.Anomalies())
    assert list(found.anomaly_info) == ["items: category"]
    assert read(data_dir / "schema.pbtxt", schema_pb2.Schema()) == schema


@pytest.mark.parametrize(
    "data", [None, b"this is { no schema", b"\xff\xfe\x00"]
)
def test_an_unreadable_schema(prepared, tmp_path, data):
    path = tmp_path / "s.pbtxt"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(UserError) as caught:
        validate.main([f"--data_dir={prepared}", f"--schema={path}"])

    assert str(caught.value).startswith(f"{path} is no readable schema: ")
    assert "\n" not in str(caught.value)


def test_no_data_set(tmp_path):
    with pytest.raises(UserError, match="holds no manifest.json"):
        validate.main([f"--data_dir={tmp_path}"])


def test_an_unknown_flag(prepared):
    with pytest.raises(UserError, match="neither this job nor Beam knows --x"):
        validate.main([f"--data_dir={prepared}", "--x=1"])

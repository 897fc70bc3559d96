"""Where a manifest is, the data set is whole."""

import dataclasses
import json

import pytest

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.manifest import Manifest

MANIFEST = Manifest(
    image_size=32,
    resize="crop",
    background="white",
    counts={"users": 1},
    rows={"items": 2},
    rejected={"items": {"bad_id": 1}},
    cutouts={"cut": 1, "garment_torn": 1},
    times={"ISO 8601": {"2021": 2}},
    options={"interactions": "Käufe.csv", "category_column": None},
    versions={"tensorflow": "2"},
    content_hash="ab",
)


def test_round_trip(tmp_path):
    MANIFEST.write(str(tmp_path))

    assert Manifest.read(str(tmp_path)) == MANIFEST
    assert [path.name for path in tmp_path.iterdir()] == [paths.MANIFEST]


def test_missing(tmp_path):
    with pytest.raises(UserError, match=r"complete data set; run `python"):
        Manifest.read(str(tmp_path))


@pytest.mark.parametrize("version", [None, 0, 2])
def test_other_format_version(tmp_path, version):
    text = json.dumps({"format_version": version})
    (tmp_path / paths.MANIFEST).write_text(text)

    with pytest.raises(UserError) as caught:
        Manifest.read(str(tmp_path))

    assert str(caught.value) == (
        f"{tmp_path}/manifest.json has format version {version}, this code "
        "reads 1; prepare the data again"
    )


def test_no_json(tmp_path):
    (tmp_path / paths.MANIFEST).write_text('{"image_size": ')

    with pytest.raises(UserError, match=r"is not valid JSON \(.*\); prepare"):
        Manifest.read(str(tmp_path))


def test_no_json_object(tmp_path):
    (tmp_path / paths.MANIFEST).write_text("[]")

    with pytest.raises(UserError, match="is not a JSON object; prepare"):
        Manifest.read(str(tmp_path))


def test_without_a_field_that_was_added_later(tmp_path):
    values = dataclasses.asdict(MANIFEST)
    del values["hot_keys"]
    (tmp_path / paths.MANIFEST).write_text(json.dumps(values))

    assert Manifest.read(str(tmp_path)) == MANIFEST


def test_other_fields(tmp_path):
    values = dataclasses.asdict(MANIFEST)
    del values["resize"], values["rows"]
    values["colour"] = "red"
    (tmp_path / paths.MANIFEST).write_text(json.dumps(values))

    with pytest.raises(UserError) as caught:
        Manifest.read(str(tmp_path))

    assert str(caught.value) == (
        f"{tmp_path}/manifest.json was written by another version of this "
        "code, which differs in colour, resize, rows; prepare the data again"
    )

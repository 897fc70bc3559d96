"""Sound data pass; what leaves the schema or the baseline fails with a list."""

import contextlib
import dataclasses
import io
import json
import pathlib
import shutil

import apache_beam as beam
import pytest

from atelier.io.errors import UserError
from atelier.schema.item import build_item
from atelier.schema.manifest import Manifest
from beam_jobs.validate import cli as validate

pytest.importorskip("tensorflow_data_validation")

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tensorflow_metadata.proto.v0 import schema_pb2

from beam_jobs.validate import dataset_statistics
from beam_jobs.validate.dataset_statistics import DatasetStatistics

SETS = ("items", "users", "train", "validation", "test")


def read(path, message):
    return text_format.Parse(path.read_text("utf-8"), message)


def files(folder) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="session")
def plain(write_data, made_items, build_once) -> pathlib.Path:
    """A sound data set that nobody has validated."""

    def write(folder):
        write_data(folder / "data", made_items)

    return build_once("not_validated", write) / "data"


@pytest.fixture(scope="session")
def sound(plain, build_once) -> tuple[pathlib.Path, str]:
    """A sound data set that was validated, and what the command said."""

    def validate_data(folder):
        data_dir = shutil.copytree(plain, folder / "data")
        (data_dir / "skew.json").write_text("of an earlier call")
        with contextlib.redirect_stdout(io.StringIO()) as said:
            validate.main([f"--data_dir={data_dir}"])
        (folder / "said.txt").write_text(said.getvalue(), "utf-8")

    folder = build_once("validated", validate_data)
    return folder / "data", (folder / "said.txt").read_text("utf-8")


@pytest.fixture
def without_beam(monkeypatch, statistics_of):
    """Replaces the job by statistics of these items."""

    def replace(items):
        statistics = statistics_of(items=list(map(build_item, items)))
        monkeypatch.setattr(
            validate,
            "describe",
            lambda data_dir, *_: (
                DatasetStatistics(
                    data_dir, Manifest.read(data_dir), statistics
                ),
                None,
            ),
        )

    return replace


@pytest.fixture(scope="module")
def changed_items(made_items):
    """One item gone, one new; another photo, another category."""
    items = list(made_items[1:])
    items[0] = dataclasses.replace(items[0], image=items[1].image)
    items[2] = dataclasses.replace(items[2], category="a\nhat")
    return [*items, dataclasses.replace(items[5], item_id="new")]


def test_the_schema_of_the_source(plain, sound):
    data_dir, said = sound

    page = data_dir / "statistics.html"
    assert said.startswith(
        f"no anomalies in {data_dir} compared with the schema of source "
        f"tables; open {page} in a browser; next: python -m trainer.task "
        f"recommender --data_dir {data_dir} --run_dir "
        f"{data_dir.parent / 'recommender'}\n"
    )
    assert said.count("\n") == 1
    assert "No anomalies" in page.read_text("utf-8")
    assert files(data_dir) - files(plain) == {
        "anomalies.pbtxt",
        "schema.pbtxt",
        "statistics.html",
        *(f"statistics/{name}.tfrecord" for name in SETS),
    }
    found = read(data_dir / "anomalies.pbtxt", anomalies_pb2.Anomalies())
    assert not found.anomaly_info
    schema = read(data_dir / "schema.pbtxt", schema_pb2.Schema())
    assert "attribute/colour" in {feature.name for feature in schema.feature}


@pytest.mark.slow
def test_data_that_differ_from_a_baseline(
    plain, changed_items, write_data, tmp_path
):
    data_dir = write_data(tmp_path / "data", changed_items)
    before = files(plain)

    with pytest.raises(UserError) as caught:
        validate.main([f"--data_dir={data_dir}", f"--baseline={plain}"])

    assert str(caught.value).splitlines() == [
        f"{data_dir} has anomalies compared with the schema of source tables "
        f"and {plain}:",
        "  items: category of the same item: 1 of 59 items have a "
        f"different category than in {plain}, for example 'no. 3, ñ'",
        "  items: image of the same item: 1 of 59 items have a different "
        f"image than in {plain}, for example 'no. 1, ñ'",
        f"open {data_dir}/statistics.html for details; then fix the data or, "
        f"if the data are correct, edit a copy of {data_dir}/schema.pbtxt and "
        "give it with --schema",
    ]
    assert files(plain) == before
    assert json.loads((data_dir / "skew.json").read_text("utf-8")) == {
        "baseline": str(plain),
        "items": {
            "both": 59,
            "only_here": {"count": 1, "examples": ["new"]},
            "only_in_baseline": {"count": 1, "examples": ["no. 0, ñ"]},
        },
        "features": {
            "category": {
                "equal": 58,
                "different": 1,
                "examples": ["no. 3, ñ"],
            },
            "image": {"equal": 58, "different": 1, "examples": ["no. 1, ñ"]},
        },
    }
    page = (data_dir / "statistics.html").read_text("utf-8")
    assert "2 anomalies" in page
    found = read(data_dir / "anomalies.pbtxt", anomalies_pb2.Anomalies())
    assert sorted(found.anomaly_info) == [
        "items: category of the same item",
        "items: image of the same item",
    ]


@pytest.mark.slow
def test_a_baseline_that_has_statistics_and_photos_of_another_size(
    sound, made_items, write_data, tmp_path
):
    items = [
        dataclasses.replace(
            item, category="bag" if number % 3 else item.category, image=b"big"
        )
        for number, item in enumerate(made_items)
    ]
    data_dir = write_data(tmp_path / "data", items, image_size=32)

    with pytest.raises(UserError) as caught:
        validate.main([f"--data_dir={data_dir}", f"--baseline={sound[0]}"])

    keys = [
        ":".join(line.split(":")[:2])
        for line in str(caught.value).splitlines()
        if line.startswith("  ")
    ]
    assert keys == ["  items: category", "  items: category of the same item"]
    assert "Images are not compared" in (
        data_dir / "statistics.html"
    ).read_text("utf-8")
    assert not [one for one in files(data_dir) if "baseline" in one]
    found = read(data_dir / "anomalies.pbtxt", anomalies_pb2.Anomalies())
    assert [list(one.path.step) for one in found.drift_skew_info] == [
        ["items", "category"],
        ["users", "number_of_items"],
        ["train", "time"],
        ["train", "weight"],
    ]


def test_a_new_category_leaves_a_schema_that_was_inferred(
    plain, made_items, changed_items, without_beam, tmp_path, capsys
):
    inferred, data_dir = tmp_path / "inferred", tmp_path / "data"
    shutil.copytree(plain, inferred)
    shutil.copytree(plain, data_dir)
    schema = inferred / "schema.pbtxt"

    without_beam(made_items)
    validate.main([f"--data_dir={inferred}", "--infer"])

    said = capsys.readouterr().out
    assert f"review the inferred schema {schema} and" in said
    assert said.endswith(f"validate --data_dir NEW --schema {schema}\n")

    without_beam(changed_items)
    with pytest.raises(UserError) as caught:
        validate.main([f"--data_dir={data_dir}", f"--schema={schema}"])

    first, anomaly, _ = str(caught.value).splitlines()
    assert first == f"{data_dir} has anomalies compared with {schema}:"
    assert anomaly.startswith("  items: category: ")
    assert r"a\nhat" in anomaly
    assert read(data_dir / "schema.pbtxt", schema_pb2.Schema()) == read(
        schema, schema_pb2.Schema()
    )


@pytest.mark.parametrize(
    "data", [None, b"this is { no schema", b"\xff\xfe\x00"]
)
def test_an_unreadable_schema(plain, tmp_path, data):
    path = tmp_path / "s.pbtxt"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(UserError) as caught:
        validate.main([f"--data_dir={plain}", f"--schema={path}"])

    assert str(caught.value).startswith(f"{path} is not a readable schema (")
    assert "\n" not in str(caught.value)


def test_a_set_that_lost_records(plain, sound, tmp_path, monkeypatch):
    data_dir = shutil.copytree(plain, tmp_path / "data")
    manifest = Manifest.read(str(data_dir))
    counts = {**manifest.counts, "train": 99}
    dataclasses.replace(manifest, counts=counts).write(str(data_dir))
    statistics = sound[0] / "statistics"
    monkeypatch.setattr(
        dataset_statistics, "WriteStatistics", lambda *_: beam.Create([None])
    )
    monkeypatch.setattr(
        dataset_statistics,
        "run_pipeline",
        lambda _: shutil.copytree(statistics, data_dir / "statistics"),
    )

    with pytest.raises(UserError) as caught:
        validate.main([f"--data_dir={data_dir}"])

    assert str(caught.value) == (
        f"{data_dir} holds 10 records of train where its manifest.json says "
        "99; prepare the data again"
    )


@pytest.mark.parametrize("flag", ["data_dir", "baseline"])
def test_a_set_that_is_gone(plain, tmp_path, flag):
    data_dir = shutil.copytree(plain, tmp_path / "data")
    for path in (data_dir / "triples").glob("test-*"):
        path.unlink()

    with pytest.raises(UserError) as caught:
        validate.main([f"--data_dir={plain}", f"--{flag}={data_dir}"])

    assert str(caught.value) == (
        f"{data_dir} has no test files ({data_dir}/triples/test-*-of-*"
        ".tfrecord.gz); prepare the data again"
    )


def test_no_data_set(tmp_path):
    with pytest.raises(UserError, match="holds no manifest.json"):
        validate.main([f"--data_dir={tmp_path}"])


def test_a_baseline_that_is_no_data_set(plain, tmp_path):
    with pytest.raises(UserError) as caught:
        validate.main([f"--data_dir={plain}", f"--baseline={tmp_path}"])

    assert str(caught.value).startswith(f"{tmp_path} holds no manifest.json")


def test_a_source_without_schema(write_data, made_items, tmp_path):
    data_dir = write_data(tmp_path / "data", made_items[:1], source="other")

    with pytest.raises(UserError, match="no schema for data of source 'other'"):
        validate.main([f"--data_dir={data_dir}"])


def test_an_unknown_flag(plain):
    with pytest.raises(UserError, match="neither this job nor Beam knows --x"):
        validate.main([f"--data_dir={plain}", "--x=1"])


def test_inferring_and_giving_a_schema(plain, capsys):
    with pytest.raises(SystemExit):
        validate.main([f"--data_dir={plain}", "--infer", "--schema=x"])

    assert "not allowed with argument" in capsys.readouterr().err

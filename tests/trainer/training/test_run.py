"""A run and its data set, found again wherever their folders are."""

import json
import os
import pathlib
import shutil

import pytest

from atelier.io.errors import UserError
from atelier.schema import paths
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


@pytest.fixture
def shop(data_dir, tmp_path, monkeypatch):
    """Folders `old/data` and `old/run`, started from within `old`."""
    old = tmp_path / "old"
    old.mkdir()
    (old / "data").mkdir()
    shutil.copy(pathlib.Path(data_dir, paths.MANIFEST), old / "data")
    monkeypatch.chdir(old)
    Run.start("run", "data", RecommenderConfig(epochs=3))
    monkeypatch.chdir(tmp_path)
    return old


def load(run_dir, *data_dirs):
    return Run.load(str(run_dir), RecommenderConfig, list(map(str, data_dirs)))


def prepare_otherwise(folder):
    manifest = folder / paths.MANIFEST
    values = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**values, "content_hash": "other"}))


def test_a_run_may_be_moved_and_read_from_anywhere(shop):
    shutil.move(shop / "run", "moved")
    run = load("moved")
    run.check_data()
    assert run.data_dir == str(shop / "data")
    assert (run.run_dir, run.config.epochs) == ("moved", 3)


def test_a_run_and_its_data_may_move_together(shop, tmp_path):
    shutil.move(shop, tmp_path / "new")
    run = load("new/run")
    run.check_data()
    assert run.data_dir == str(tmp_path / "new" / "data")


def test_data_elsewhere_may_be_named(shop, tmp_path):
    shutil.move(shop / "data", tmp_path / "there")
    other = tmp_path / "other"
    shutil.copytree(tmp_path / "there", other)
    prepare_otherwise(other)
    run = load(shop / "run", other, tmp_path / "there")
    run.check_data()
    assert run.data_dir == str(tmp_path / "there")


def test_data_that_are_gone_are_one_sentence(shop):
    shutil.rmtree(shop / "data")
    with pytest.raises(UserError) as error:
        load(shop / "run").check_data()
    assert str(error.value) == (
        f"{shop}/data, which {shop}/run/run.json names as the data set of the "
        "run, holds no manifest.json; give the folder that holds it now as "
        "--data_dir"
    )


def test_other_data_are_refused(shop):
    prepare_otherwise(shop / "data")
    with pytest.raises(UserError, match="no longer the data set .* --data_dir"):
        load(shop / "run").check_data()
    with pytest.raises(UserError, match="is not the data set that .* run.json"):
        load(shop / "run", shop / "data")


def test_a_named_folder_without_data_is_one_sentence(shop, tmp_path):
    with pytest.raises(UserError, match=f"{tmp_path} holds no manifest.json"):
        load(shop / "run", tmp_path)


def test_run_json_names_absolute_folders(shop):
    values = json.loads((shop / "run" / "run.json").read_text())
    assert values["run_dir"] == os.path.join(shop, "run")
    assert values["data_dir"] == os.path.join(shop, "data")


def test_a_run_with_checkpoints_is_not_started_over(shop):
    (shop / "run" / "checkpoints").mkdir()
    (shop / "run" / "checkpoints" / "ckpt-2.index").touch()
    with pytest.raises(UserError, match="--epochs|--learning_rate"):
        Run.start(
            str(shop / "run"),
            str(shop / "data"),
            RecommenderConfig(learning_rate=0.5),
        )


def test_a_run_json_that_is_no_object_is_one_sentence(shop):
    (shop / "run" / "run.json").write_text("[1]")
    with pytest.raises(UserError, match="run.json is not a JSON object"):
        load(shop / "run")

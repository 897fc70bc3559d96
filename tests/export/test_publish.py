import json
import pathlib
import time

import pytest

from export.publish import METADATA
from export.publish import publish


def save(path):
    folder = pathlib.Path(path)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_text("model")


def versions(model_dir):
    return sorted(child.name for child in model_dir.iterdir())


def test_a_version_is_named_after_the_time_and_says_what_made_it(tmp_path):
    found = pathlib.Path(publish(str(tmp_path), save, {"top_k": 3}, bool))
    assert abs(int(found.name) - time.time()) < 60
    assert (found / "saved_model.pb").exists()
    assert json.loads((found / METADATA).read_text()) == {"top_k": 3}
    assert versions(tmp_path) == [found.name]


def test_a_later_version_is_always_larger(tmp_path):
    (tmp_path / "9999999999").mkdir()
    publish(str(tmp_path), save, {}, bool)
    publish(str(tmp_path), save, {}, bool)
    assert versions(tmp_path) == ["10000000000", "10000000001", "9999999999"]


def test_nobody_sees_a_number_before_the_version_is_whole(tmp_path):
    def watch(path):
        save(path)
        assert versions(tmp_path) == [f"{pathlib.Path(path).name}"]
        assert not pathlib.Path(path).name.isdigit()

    publish(str(tmp_path), watch, {}, bool)


def test_a_failure_publishes_nothing_and_leaves_nothing(tmp_path):
    def fail(path):
        save(path)
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        publish(str(tmp_path), fail, {}, bool)
    assert versions(tmp_path) == []


def test_what_a_killed_process_left_is_removed(tmp_path):
    (tmp_path / "tmp-1" / "variables").mkdir(parents=True)
    (tmp_path / "1").mkdir()
    found = pathlib.Path(publish(str(tmp_path), save, {}, bool))
    assert versions(tmp_path) == ["1", found.name]

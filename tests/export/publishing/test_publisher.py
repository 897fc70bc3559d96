import contextlib
import json
import os
import pathlib
import re
import time

import pytest

from atelier.io.errors import UserError
from export.cli.publish_flags import PublishOptions
from export.publishing.publisher import publishing
from export.publishing.version import METADATA
from export.publishing.version import check_model_dir
from export.publishing.version import served_version
from export.publishing.version import versions_of


def save(path):
    folder = pathlib.Path(path)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_text("model")


def publish(model_dir, metadata=None, save=save, keep=None):
    with publishing(str(model_dir), "adder", keep) as publisher:
        path = publisher.publish(save, metadata or {}, check=bool)
    return pathlib.Path(path)


def children(model_dir):
    return sorted(
        child.name for child in model_dir.iterdir() if child.name != ".lock"
    )


def test_a_version_is_named_after_the_time_and_holds_metadata(tmp_path):
    found = publish(tmp_path, {"top_k": 3})
    assert abs(int(found.name) - time.time()) < 60
    assert (found / "saved_model.pb").exists()
    assert json.loads((found / METADATA).read_text()) == {"top_k": 3}
    assert children(tmp_path) == [found.name]


def test_a_later_version_is_always_larger(tmp_path):
    (tmp_path / "9999999999").mkdir()
    publish(tmp_path)
    publish(tmp_path)
    assert children(tmp_path) == ["10000000000", "10000000001", "9999999999"]


def test_a_number_that_tf_serving_does_not_know_is_not_counted(tmp_path):
    save(tmp_path / "99999999999999999999")
    found = publish(tmp_path)
    assert abs(int(found.name) - time.time()) < 60
    assert served_version(str(tmp_path)).path == str(found)


def test_a_version_gets_its_number_when_it_is_complete(tmp_path):
    def watch(path):
        save(path)
        assert children(tmp_path) == [pathlib.Path(path).name]
        assert not pathlib.Path(path).name.isdigit()

    publish(tmp_path, save=watch)


def test_a_version_is_on_disk_before_its_name(tmp_path, disk_operations):
    found = publish(tmp_path)
    *synced, renamed, parent = disk_operations
    written = f"{tmp_path}/tmp-{os.getpid()}"
    assert {operation[1].removeprefix(written) for operation in synced} == {
        "",
        "/saved_model.pb",
        "/assets.extra",
        f"/{METADATA}",
    }
    assert ("fsync", f"{written}/saved_model.pb", "model") in synced
    assert renamed == ("rename", str(found))
    assert parent == ("fsync", str(tmp_path), None)


def test_a_failure_publishes_nothing_and_leaves_nothing(tmp_path):
    def fail(path):
        save(path)
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        publish(tmp_path, save=fail)
    assert children(tmp_path) == []


def test_only_leftovers_of_killed_processes_are_removed(tmp_path):
    (tmp_path / "tmp-1" / "variables").mkdir(parents=True)
    for name in ("tmp-mine", "tmp-1-notes", "1"):
        (tmp_path / name).mkdir()
    found = publish(tmp_path)
    assert children(tmp_path) == ["1", found.name, "tmp-1-notes", "tmp-mine"]


def test_publishing_locks_the_folder(tmp_path):
    def beside(path):
        save(path)
        with pytest.raises(UserError, match="another export is publishing to"):
            publish(tmp_path)

    found = publish(tmp_path, save=beside)
    later = publish(tmp_path)
    assert children(tmp_path) == [found.name, later.name]


def test_versions_are_found_by_the_rules_of_tf_serving(tmp_path):
    for name in ("3", "0020", "²", "tmp-4", "100"):
        save(tmp_path / name)
    (tmp_path / "200").mkdir()  # Still copied, by hand.
    (tmp_path / "300").write_text("a file")
    assert [one.number for one in versions_of(str(tmp_path))] == [3, 20, 100]
    assert versions_of(str(tmp_path))[1].path == f"{tmp_path}/0020"


@pytest.mark.parametrize("text", [None, "", '{"model": "re', "[]"])
def test_unreadable_metadata_are_empty(tmp_path, text):
    found = publish(tmp_path)
    (found / METADATA).unlink()
    if text is not None:
        (found / METADATA).write_text(text)
    version = served_version(str(tmp_path))
    assert version.metadata == {}
    assert version.origin == int(found.name)


@pytest.mark.parametrize("keep", ["0", "-1", "two", "1.5", "²"])
def test_a_number_of_models_that_is_none_is_refused(capsys, keep):
    flags = ["--model_dir=here", f"--keep={keep}"]
    with pytest.raises((SystemExit, UserError)) as refused:
        PublishOptions.parse(flags, "program", None)
    message = capsys.readouterr().err or str(refused.value)
    assert re.search(f"--keep.* at least 1, got {keep}|invalid int", message)


def test_old_models_are_removed_on_request(tmp_path):
    first, second = publish(tmp_path), publish(tmp_path)
    publish(tmp_path, {"copy_of": int(second.name)})
    stock = publish(tmp_path, {"copy_of": int(second.name)}, keep=2)
    assert children(tmp_path) == [first.name, stock.name]
    last = publish(tmp_path, {"rolled_back": {"from": int(first.name)}}, keep=1)
    assert children(tmp_path) == [first.name, last.name]


@pytest.mark.parametrize(
    ("model_dir", "words"),
    [
        ("gs://bucket/models", "must be a local folder, where a version appe"),
        ("{}/file", "file is a file; give a folder"),
        ("{}/models/1", "models/1 is one version of a model; give its parent"),
        ("{}/models", "models holds versions of the designer; give the adder"),
    ],
)
def test_a_wrong_folder_is_refused(tmp_path, model_dir, words):
    (tmp_path / "file").touch()
    save(tmp_path / "models" / "1")
    (tmp_path / "models" / "1" / METADATA).parent.mkdir()
    (tmp_path / "models" / "1" / METADATA).write_text('{"model": "designer"}')
    for attempt in (publish, lambda path: check_model_dir(path, "adder")):
        with pytest.raises(UserError, match=words):
            attempt(model_dir.format(tmp_path))
    assert children(tmp_path / "models") == ["1"]
    assert not pathlib.Path("gs:").exists()


def test_a_lock_ends_with_its_process(tmp_path):
    with (
        contextlib.suppress(KeyboardInterrupt),
        publishing(str(tmp_path), "adder"),
    ):
        raise KeyboardInterrupt
    publish(tmp_path)

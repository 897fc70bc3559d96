"""Which version is served as directories come and go."""

import shutil
from pathlib import Path

import pytest
from tensorflow_serving.apis import get_model_status_pb2

from serving.local_server import version_manager
from serving.local_server.version_manager import VersionManager

State = get_model_status_pb2.ModelVersionStatus.State


@pytest.fixture
def store(tmp_path: Path) -> VersionManager:
    return VersionManager("recommender", tmp_path)


def states(store: VersionManager) -> dict[int, str]:
    return {v: State.Name(s.state) for v, s in store.statuses.items()}


def break_version(path: Path) -> None:
    path.mkdir()
    (path / "saved_model.pb").write_bytes(b"\xff not a model")


def test_serves_the_highest_number_not_the_last_word(
    store, publish_lean
) -> None:
    publish_lean(store.base_path, 9)
    publish_lean(store.base_path, 10)
    store.refresh()
    assert store.newest.version == 10
    assert states(store) == {10: "AVAILABLE"}


def test_a_newer_version_replaces_the_old(store, publish_lean) -> None:
    publish_lean(store.base_path, 1)
    store.refresh()
    publish_lean(store.base_path, 2)
    store.refresh()
    assert store.newest.version == 2
    assert states(store) == {1: "END", 2: "AVAILABLE"}
    assert store.statuses[1].status.error_code == 0


def test_nothing_is_loaded_again(store, publish_lean) -> None:
    publish_lean(store.base_path, 1)
    store.refresh()
    loaded = store.newest
    store.refresh()
    assert store.newest is loaded


def test_a_broken_version_is_reported_once_and_the_old_stays(
    store, publish_lean, caplog
) -> None:
    publish_lean(store.base_path, 1)
    store.refresh()
    break_version(store.base_path / "2")
    store.refresh()
    store.refresh()
    assert store.newest.version == 1
    assert states(store) == {1: "AVAILABLE", 2: "END"}
    assert store.statuses[2].status.error_code != 0
    assert "2" in store.statuses[2].status.error_message
    assert caplog.text.count("cannot load") == 1


def test_a_broken_version_is_retried_after_its_removal(
    store, publish_lean
) -> None:
    publish_lean(store.base_path, 1)
    break_version(store.base_path / "2")
    store.refresh()
    shutil.rmtree(store.base_path / "2")
    store.refresh()
    publish_lean(store.base_path, 2)
    store.refresh()
    assert states(store) == {1: "END", 2: "AVAILABLE"}


def test_missing_variables_fail_with_tensorflows_code(
    store, publish_lean
) -> None:
    shutil.rmtree(publish_lean(store.base_path, 1) / "variables")
    store.refresh()
    assert store.newest is None
    assert states(store) == {1: "END"}
    assert "variables" in store.statuses[1].status.error_message


def test_removing_the_newest_version_serves_the_previous_one(
    store, publish_lean
) -> None:
    publish_lean(store.base_path, 1)
    newest = publish_lean(store.base_path, 2)
    store.refresh()
    shutil.rmtree(newest)
    store.refresh()
    assert store.newest.version == 1
    assert states(store) == {1: "AVAILABLE", 2: "END"}


def test_a_base_path_that_is_missing_changes_nothing(
    store, publish_lean
) -> None:
    publish_lean(store.base_path, 1)
    store.refresh()
    shutil.rmtree(store.base_path)
    store.refresh()
    assert store.newest.version == 1
    assert states(store) == {1: "AVAILABLE"}


def test_memory_is_released_after_an_unload(
    store, publish_lean, monkeypatch
) -> None:
    """By then the version is unreachable."""
    loaded: list[set[int]] = []
    monkeypatch.setattr(
        version_manager,
        "release_memory",
        lambda: loaded.append(set(store.loaded)),
    )
    publish_lean(store.base_path, 1)
    store.refresh()
    assert loaded == []
    publish_lean(store.base_path, 2)
    store.refresh()
    store.refresh()
    assert loaded == [{2}]
    store.unload()
    assert loaded == [{2}, set()]


@pytest.mark.parametrize("breaks", [False, True])
def test_removed_versions_have_ended(store, publish_lean, breaks) -> None:
    if breaks:
        break_version(store.base_path / "1")
    else:
        publish_lean(store.base_path, 1)
    store.refresh()
    shutil.rmtree(store.base_path / "1")
    store.refresh()
    assert store.newest is None
    assert states(store) == {1: "END"}


def test_a_broken_version_keeps_a_removed_one_loaded(
    store, publish_lean
) -> None:
    publish_lean(store.base_path, 1)
    store.refresh()
    shutil.rmtree(store.base_path / "1")
    break_version(store.base_path / "2")
    store.refresh()
    assert states(store) == {1: "AVAILABLE", 2: "END"}

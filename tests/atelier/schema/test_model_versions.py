import os
from pathlib import Path

import pytest

from atelier.schema.model_versions import MAX_VERSION
from atelier.schema.model_versions import find_versions


def test_only_numbers_that_tf_serving_knows_and_that_hold_a_model(tmp_path):
    names = ["1", "007", "tmp-12", "-3", "1.5", "²", "latest"]
    for name in (*names, str(MAX_VERSION), str(MAX_VERSION + 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").touch()
    (tmp_path / "99").mkdir()
    (tmp_path / "100").touch()
    assert find_versions(str(tmp_path)) == {
        1: str(tmp_path / "1"),
        7: str(tmp_path / "007"),
        MAX_VERSION: str(tmp_path / str(MAX_VERSION)),
    }


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_what_is_no_folder_has_no_versions(tmp_path, name):
    (tmp_path / "file").touch()
    assert find_versions(str(tmp_path / name)) == {}


def test_a_version_that_nobody_may_look_into_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1").mkdir()
    look = os.stat

    def stat(path, **flags):
        if Path(path).parent == tmp_path / "1":
            raise PermissionError(path)
        return look(path, **flags)

    monkeypatch.setattr(os, "stat", stat)
    assert find_versions(str(tmp_path)) == {}

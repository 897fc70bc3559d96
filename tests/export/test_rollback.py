import json
import pathlib

import pytest

from export import task
from export.publish import METADATA
from export.publish import publish
from records.errors import UserError


@pytest.fixture
def model_dir(tmp_path):
    """Versions 1, 2 and 3, each with its number inside."""
    for version in (1, 2, 3):
        folder = tmp_path / str(version)
        (folder / "variables").mkdir(parents=True)
        (folder / "variables" / "data").write_text(str(version))
        path = folder / METADATA
        path.parent.mkdir()
        path.write_text(json.dumps({"metrics": {"auc": version}}))
    return tmp_path


def newest(model_dir):
    """The version that is served, and what is in it."""
    found = max(model_dir.iterdir(), key=lambda child: int(child.name))
    metadata = json.loads((found / METADATA).read_text())
    return found, (found / "variables" / "data").read_text(), metadata


def roll_back(model_dir, *flags):
    task.main(["rollback", f"--model_dir={model_dir}", *flags])


def test_the_version_before_is_served_again(model_dir, capsys):
    roll_back(model_dir)
    found, data, metadata = newest(model_dir)
    assert int(found.name) > 3
    assert data == "2"
    assert metadata == {
        "metrics": {"auc": 2},
        "rolled_back": {"from": 3, "to": 2},
    }
    assert capsys.readouterr().out == (
        f"published {found}, a copy of 2, in place of 3\n"
    )
    assert {"1", "2", "3"} < {child.name for child in model_dir.iterdir()}


def test_once_more_goes_further_back_and_not_to_the_bad_one(model_dir):
    roll_back(model_dir)
    roll_back(model_dir)
    _, data, metadata = newest(model_dir)
    assert data == "1"
    assert metadata["rolled_back"]["to"] == 1
    with pytest.raises(UserError, match="serves its oldest version, 1, so"):
        roll_back(model_dir)


def test_a_version_can_be_named_and_a_new_one_comes_after(model_dir):
    roll_back(model_dir, "--to=1")
    assert newest(model_dir)[1] == "1"
    roll_back(model_dir, "--to=3")
    copy, data, _ = newest(model_dir)
    assert data == "3"
    later = publish(str(model_dir), lambda path: None, {}, bool)
    assert int(pathlib.Path(later).name) > int(copy.name)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--to=9"], "--to 9 is none of the versions in .*: 1, 2, 3"),
        (["--to=3"], "--to 3 is what .* serves already"),
        (["--model_dir=nowhere"], "nowhere holds no version; check"),
    ],
)
def test_what_cannot_be_gone_back_to_is_one_sentence(model_dir, flags, words):
    with pytest.raises(UserError, match=words):
        roll_back(model_dir, *flags)
    assert sorted(child.name for child in model_dir.iterdir()) == list("123")

import json
import shutil

import pytest

from atelier.io.errors import UserError
from export import task
from export.availability.availability_variables import read_availability
from export.availability.boost_variables import read_boosts
from export.availability.set_boosts import publish_boosts
from export.index.boosts import Boost
from export.publishing import rollback
from export.publishing.probe_servable import ask
from export.publishing.publisher import publishing
from export.publishing.version import METADATA
from export.publishing.version import served_version
from export.publishing.version import versions_of


@pytest.fixture
def model_dir(tmp_path, monkeypatch):
    """Versions 1, 2 and 3, each with its number inside."""
    monkeypatch.setattr(rollback, "probe_in_subprocess", lambda path: path)
    for version in (1, 2, 3):
        make(tmp_path / str(version), {"metrics": {"auc": version}})
    return tmp_path


def make(folder, metadata):
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").touch()
    (folder / "variables" / "data").write_text(folder.name)
    path = folder / METADATA
    path.parent.mkdir()
    path.write_text(json.dumps(metadata))


def newest(model_dir):
    """The version that is served, and what is in it."""
    found = served_version(str(model_dir))
    data = model_dir / str(found.number) / "variables" / "data"
    return found, data.read_text(), found.metadata


def numbers(model_dir):
    return [one.number for one in versions_of(str(model_dir))]


def roll_back(model_dir, *flags):
    task.main(["rollback", f"--model_dir={model_dir}", *flags])


def test_the_version_before_is_served_again(model_dir, capsys, caplog):
    caplog.set_level("INFO", "export")
    roll_back(model_dir)
    found, data, metadata = newest(model_dir)
    assert found.number > 3
    assert data == "2"
    assert metadata == {
        "metrics": {"auc": 2},
        "copy_of": 2,
        "rolled_back": {"from": 3, "to": 2},
    }
    assert capsys.readouterr().out == f"published {found.path}\n"
    assert caplog.messages == ["version 2 is copied, in place of 3"]
    assert numbers(model_dir) == [1, 2, 3, found.number]


def test_a_second_rollback_goes_further_back(model_dir):
    roll_back(model_dir)
    roll_back(model_dir)
    _, data, metadata = newest(model_dir)
    assert data == "1"
    assert metadata["rolled_back"]["to"] == 1
    with pytest.raises(UserError, match="serves its oldest model, 1, so"):
        roll_back(model_dir)


def test_a_version_can_be_chosen_by_number(model_dir):
    roll_back(model_dir, "--to=1")
    assert newest(model_dir)[1] == "1"
    roll_back(model_dir, "--to=3")
    copy, data, _ = newest(model_dir)
    assert data == "3"
    with publishing(str(model_dir)) as publisher:
        publisher.publish(lambda path: make(model_dir / path, {}), {}, bool)
    assert newest(model_dir)[0].number > copy.number


def test_copies_with_other_availability_are_skipped(model_dir):
    make(model_dir / "4", {"copy_of": 3})
    make(model_dir / "5", {"copy_of": 3})
    roll_back(model_dir)
    assert newest(model_dir)[1] == "2"
    roll_back(model_dir, "--to=4")
    assert newest(model_dir)[1] == "4"
    roll_back(model_dir)
    assert newest(model_dir)[1] == "2"


@pytest.mark.parametrize("text", [None, '{"met'])
def test_an_incomplete_copy_can_be_rolled_back_from(model_dir, text):
    (model_dir / "3" / METADATA).unlink()
    if text:
        (model_dir / "3" / METADATA).write_text(text)
    roll_back(model_dir)
    assert newest(model_dir)[1] == "2"
    (model_dir / "1" / "saved_model.pb").unlink()
    with pytest.raises(UserError, match="--to 1 is not one of the versions in"):
        roll_back(model_dir, "--to=1")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--to=9"], "--to 9 is not one of the versions in .*: 1, 2, 3"),
        (["--to=3"], "--to 3 is the version that .* already serves"),
        (["--model_dir=nowhere"], "nowhere holds no version; check"),
    ],
)
def test_rollback_errors_are_one_sentence(model_dir, flags, words):
    with pytest.raises(UserError, match=words):
        roll_back(model_dir, *flags)
    assert numbers(model_dir) == [1, 2, 3]


def test_a_version_that_does_not_load_is_rejected(exported, tmp_path):
    for name in ("1", "2"):
        shutil.copytree(exported, tmp_path / name)
    (data,) = (tmp_path / "1" / "variables").glob("*.data*")
    data.write_bytes(data.read_bytes()[:100])
    with pytest.raises(
        UserError, match="it does not load or does not answer: "
    ):
        roll_back(tmp_path)
    assert numbers(tmp_path) == [1, 2]


@pytest.mark.slow
def test_availability_and_boosts_survive_a_rollback(exported, tmp_path):
    models, list_path = tmp_path / "models", tmp_path / "list.txt"
    for name in ("1", "2"):
        shutil.copytree(exported, models / name)
    ids = list(read_availability(str(exported)))
    lists = [ids[::2], ids[1::2]]
    for listed in lists:
        list_path.write_text("\n".join(listed))
        task.main(
            [
                "set-availability",
                f"--model_dir={models}",
                f"--items={list_path}",
            ]
        )
    boosts = tmp_path / "boosts.csv"
    boosts.write_text(f'item_id,boost\n"{lists[1][-1]}",pin\n')
    publish_boosts(str(models), str(boosts))
    roll_back(models)
    copy = served_version(str(models))
    assert copy.metadata["rolled_back"]["to"] == 1
    assert read_boosts(copy.path) == {lists[1][-1]: Boost(rank=1)}
    assert copy.metadata["boosts"]["known"] == 1
    assert copy.metadata["availability"]["known"] == len(lists[1])
    assert in_stock_of(copy) == lists[1]
    (answer, *_) = ask(copy.path).answers
    assert {one.decode() for one in answer["item_ids"][0]} <= set(lists[1])
    # A version of the same model keeps its own stock and boosts.
    roll_back(models, "--to=1")
    assert in_stock_of(served_version(str(models))) == ids
    assert read_boosts(served_version(str(models)).path) == {}


def in_stock_of(version):
    return [
        one for one, there in read_availability(version.path).items() if there
    ]

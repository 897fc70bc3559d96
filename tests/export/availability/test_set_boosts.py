"""A version with boosts: the same weights, other lists."""

import shutil

import numpy as np
import pytest

from atelier.io.errors import UserError
from atelier.schema.vocabulary import read_vocabulary
from export import task
from export.availability import availability_variables
from export.availability.availability_variables import read_availability
from export.availability.boost_variables import inherit_boosts
from export.availability.boost_variables import read_boosts
from export.availability.boost_variables import write_boosts
from export.availability.version_variables import read_variables
from export.availability.version_variables import write_variables
from export.index.boosts import Boost
from export.publishing.probe_servable import ask
from export.publishing.version import BOOSTS
from export.publishing.version import served_version
from export.publishing.version import versions_of
from serving.client.recommender_client import RecommenderClient
from serving.local_server.server import ModelServer

USER = "Käufer, 3"


@pytest.fixture
def model_dir(lean_version, tmp_path):
    shutil.copytree(lean_version, tmp_path / "models" / "1")
    return tmp_path / "models"


@pytest.fixture
def list_model_dir(version_of_lists, tmp_path):
    """The same, with warm-up requests of lists of each kind."""
    shutil.copytree(version_of_lists, tmp_path / "lists" / "1")
    return tmp_path / "lists"


@pytest.fixture(scope="module")
def item_ids(lean_version):
    return read_vocabulary(str(lean_version / "assets" / "items.txt"))


def publish(model_dir, boosts, *flags):
    """Publishes boosts, {id: text}."""
    path = model_dir.parent / "boosts.csv"
    rows = [f'"{one}",{boost}\n' for one, boost in boosts.items()]
    path.write_text("item_id,boost\n" + "".join(rows))
    task.main(
        [
            "set-boosts",
            f"--model_dir={model_dir}",
            f"--boosts={path}",
            *flags,
        ]
    )
    return served_version(str(model_dir))


def set_stock(model_dir, item_ids):
    path = model_dir.parent / "stock.txt"
    path.write_text("\n".join(item_ids))
    task.main(
        [
            "set-availability",
            f"--model_dir={model_dir}",
            f"--items={path}",
            "--max_drop=1",
        ]
    )
    return served_version(str(model_dir))


def test_lists_of_users_are_boosted_and_similar_items_are_not(
    list_model_dir, item_ids, caplog
):
    caplog.set_level("INFO", "export")
    before = lists_of(list_model_dir)
    first, _, third, *_ = before[0].item_ids[0]
    rare = [one for one in item_ids if one not in before[0].item_ids[0]]
    stray, other = [one for one in rare if one.startswith("stray")][:2]
    version = publish(
        list_model_dir,
        {other: "pin", stray: "pin", first: "bury", third: 50, "gone": 1},
    )
    after = lists_of(list_model_dir)
    for old, new in zip(before[:3], after[:3], strict=True):
        ids = list(new.item_ids[0])
        assert ids[:2] == [other, stray]
        assert third not in ids or ids[2] == third
        assert first not in ids
        same = set(old.item_ids[0]) & set(ids) - {third, other, stray}
        assert len(same) >= 5
        for one in same:
            np.testing.assert_allclose(
                new.scores[0][ids.index(one)],
                old.scores[0][list(old.item_ids[0]).index(one)],
                rtol=1e-6,
            )
    # The pinned items are hats, as all strays are.
    assert after[3].item_ids[0][0] not in (other, stray)
    assert list(after[4].item_ids[0]) == list(before[4].item_ids[0])
    assert version.metadata["copy_of"] == 1
    assert version.metadata[BOOSTS] == {
        "items": str(list_model_dir.parent / "boosts.csv"),
        "known": 4,
        "unknown": 1,
    }
    records = [one for one in caplog.records if one.name.startswith("export")]
    assert [record.getMessage() for record in records] == [
        "1 items are boosted, 2 pinned, 1 buried",
        "ignored: 1 ids that are not in the catalog: gone (row 5)",
        "version 1 is replaced",
    ]


def lists_of(model_dir):
    """Lists of users, of a category, of an item, over gRPC."""
    with (
        ModelServer({"recommender": model_dir}) as server,
        RecommenderClient(server.address, deadline_seconds=120) as client,
    ):
        return [
            client.recommend(["nobody"]),
            client.recommend(["nobody"], [["gone"]]),
            client.recommend([USER]),
            client.recommend(["nobody"], categories=[["shoe"]]),
            client.similar_items(["stray 0"]),
        ]


@pytest.mark.slow
def test_boosts_and_stock_are_set_independently(model_dir, item_ids):
    pinned, buried = item_ids[40], item_ids[41]
    publish(model_dir, {pinned: "pin", buried: "bury"})
    boosts = {pinned: Boost(rank=2), buried: Boost(rank=-1)}
    version = set_stock(model_dir, item_ids[41:48])
    assert read_boosts(version.path) == boosts
    of_unknown_user = ask(version.path).answers[-1]["item_ids"][0]
    ids = [one.decode() for one in of_unknown_user if one]
    assert set(ids) == set(item_ids[41:48])
    assert ids[-1] == buried
    version = publish(model_dir, {})
    assert read_boosts(version.path) == {}
    assert sum(read_availability(version.path).values()) == 7
    assert version.metadata[BOOSTS]["known"] == 0
    assert version.origin == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda path, boosts: None,
        lambda path, boosts: write_boosts(path, {}),
        lambda path, boosts: write_boosts(
            path, {one: Boost(rank=-1) for one in boosts}
        ),
    ],
)
def test_a_version_with_other_boosts_is_not_published(
    model_dir, item_ids, monkeypatch, write
):
    monkeypatch.setattr(availability_variables, "write_boosts", write)
    with pytest.raises(UserError, match="scores of .* differ"):
        publish(model_dir, dict.fromkeys(item_ids[::20], "pin"))
    assert len(versions_of(str(model_dir))) == 1


@pytest.mark.parametrize(
    ("boosts", "words"),
    [
        ({"x": 1, "y": "pin"}, "holds no id of the catalog of .*'x' in row 1"),
        ({"x": "up"}, "row 1: a boost is a number"),
    ],
)
def test_a_wrong_table_is_rejected(model_dir, boosts, words):
    with pytest.raises(UserError, match=words):
        publish(model_dir, boosts)
    assert len(versions_of(str(model_dir))) == 1


def test_boosts_of_a_damaged_version_are_not_inherited(model_dir, caplog):
    version = served_version(str(model_dir))
    assert inherit_boosts(version, {"a": 1}.keys()) == (None, {})
    version.metadata[BOOSTS] = {"known": 1}
    (model_dir / "1" / "variables" / "variables.index").write_text("cut sho")
    assert inherit_boosts(version, {"a": 1}.keys()) == (None, {})
    [line] = caplog.messages
    assert line.startswith(f"the boosts in {version.path} cannot be read")


def test_a_version_without_boost_variables_is_rejected(model_dir, item_ids):
    path = str(model_dir / "1")
    values = read_variables(path)
    write_variables(
        path,
        {
            name: value
            for name, value in values.items()
            if not name.startswith("boosts/")
        },
    )
    assert read_boosts(path) == {}
    with pytest.raises(UserError, match="by an older Atelier, without boosts;"):
        write_boosts(path, {item_ids[0]: Boost(1.0)})

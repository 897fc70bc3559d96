"""The items of today, published without training."""

import json
import pathlib
import shutil

import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import run_artifacts
from atelier.schema.catalog_files import CATALOG
from atelier.schema.catalog_files import ITEMS
from atelier.schema.catalog_files import THUMBNAILS
from atelier.schema.model_versions import BATCHING
from export import task
from export.availability import set_availability
from export.availability.availability_variables import read_availability
from export.availability.boost_variables import read_boosts
from export.availability.boost_variables import write_boosts
from export.index.boosts import Boost
from export.publishing.version import BOOSTS
from export.publishing.version import METADATA
from export.publishing.version import served_version
from serving.client.recommender_client import RecommenderClient
from serving.local_server.server import ModelServer


def refresh(run_dir, data_dir, model_dir, *flags):
    task.main(
        [
            "refresh-items", f"--run_dir={run_dir}",
            f"--data_dir={data_dir}", f"--model_dir={model_dir}", *flags,
        ]
    )  # fmt: skip
    return served_version(str(model_dir))


def change_metadata(version_dir, change):
    """Changes the metadata of a version by a function of them."""
    path = pathlib.Path(version_dir) / METADATA
    metadata = json.loads(path.read_text())
    change(metadata)
    path.write_text(json.dumps(metadata))


def serve_another_run(version_dir):
    """Changes the metadata of a version: another checkpoint is served."""
    change_metadata(
        version_dir, lambda found: found["run"].update(checkpoint="ckpt-999")
    )


@pytest.fixture(scope="module", autouse=True)
def few_signatures(exported, recommender_of):
    with recommender_of(
        "serving_default", "recommend_filtered", "similar_items"
    ):
        yield


@pytest.fixture(scope="module")
def refreshed(run_dir, exported, data_of_today, tmp_path_factory):
    """The version of today, beside the one before."""
    model_dir = tmp_path_factory.mktemp("models") / "recommender"
    shutil.copytree(exported, model_dir / "1")
    serve_another_run(model_dir / "1")
    version = refresh(
        run_dir, data_of_today, model_dir, "--other_run", "--top_k=99"
    )
    catalog = version.metadata["catalog"]
    assert catalog["data_dir"] == data_of_today
    assert catalog["items"] == version.metadata["top_k"] == 74
    assert version.metadata["metrics"] == json_files.read_json(
        run_dir, run_artifacts.METRICS
    )
    return pathlib.Path(version.path)


@pytest.fixture(scope="module")
def client(refreshed):
    with (
        ModelServer({"recommender": refreshed.parent}) as server,
        RecommenderClient(server.address) as opened,
    ):
        yield opened


def test_a_new_item_ranks_beside_its_duplicate_image(client):
    found = client.recommend(["Käufer, 3"], include_owned=True)
    assert found.known.all()
    ranked = list(found.item_ids[0])
    assert abs(ranked.index("new") - ranked.index("Größe, 3-1")) == 1
    assert ranked.index("new") < 20


def test_removed_items_are_not_recommended_and_their_users_stay_known(client):
    found = client.recommend(["Käufer, 7"])
    assert found.known.all()
    ranked = [one for one in found.item_ids[0] if one]
    assert len(ranked) == 82 - 9 + 1
    assert not [one for one in ranked if one.startswith("Größe, 7-")]


def test_the_catalog_folder_is_that_of_today(refreshed):
    folder = refreshed / CATALOG
    lines = (folder / ITEMS).read_text().splitlines()
    listed = [json.loads(line)["item_id"] for line in lines]
    assert "new" in listed
    assert not [one for one in listed if one.startswith("Größe, 7-")]
    assert len(list((folder / THUMBNAILS).iterdir())) == len(listed) == 74


def test_the_new_item_has_neighbours(client):
    assert client.similar_items(["new"]).item_ids[0][0] == "Größe, 3-1"


@pytest.fixture(scope="module")
def half_in_stock(lean_version, tmp_path_factory):
    """A folder whose version has half of its items in stock."""
    folder = tmp_path_factory.mktemp("half")
    shutil.copytree(lean_version, folder / "models" / "1")
    ids = list(read_availability(str(lean_version)))
    (folder / "list.txt").write_text("\n".join(ids[::2]))
    set_availability.publish_in_stock(
        str(folder / "models"), str(folder / "list.txt")
    )
    return folder / "models"


@pytest.fixture
def served(half_in_stock, tmp_path):
    """A copy of it."""
    return pathlib.Path(shutil.copytree(half_in_stock, tmp_path / "models"))


def test_lists_stock_and_boosts_stay_as_they_were(
    run_dir, data_of_today, served, caplog
):
    caplog.set_level("INFO", "export")
    path = served_version(str(served)).path
    in_stock = [one for one, there in read_availability(path).items() if there]
    kept = [one for one in in_stock if not one.startswith("Größe, 7-")]
    boosts = {
        **dict.fromkeys(kept[::6], Boost(2.0)),
        **dict.fromkeys(kept[5::6], Boost(-1.5)),
        **dict.fromkeys(kept[1::9], Boost(rank=-1)),
        kept[2]: Boost(rank=1),
        kept[3]: Boost(rank=2),
    }
    write_boosts(path, boosts | {"Größe, 7-0": Boost(1.0)})
    change_metadata(
        path,
        lambda found: found.update(
            batched=True, boosts={"items": "b.csv", "known": 99}
        ),
    )
    before = served_version(str(served))
    after = refresh(run_dir, data_of_today, served)
    assert "catalog: 73 items kept, 1 new, 9 removed" in caplog.text
    old, new = read_availability(before.path), read_availability(after.path)
    assert new == {one: old.get(one, True) for one in new}
    assert after.metadata["availability"] == {
        **before.metadata["availability"],
        "known": sum(new.values()),
    }
    assert 30 < sum(new.values()) < 50
    assert read_boosts(after.path) == boosts
    assert after.metadata[BOOSTS] == {"items": "b.csv", "known": len(boosts)}
    assert pathlib.Path(after.path, BATCHING).exists()
    for name in ("top_k", "index", "run", "batched"):
        assert after.metadata[name] == before.metadata[name]


def test_only_the_run_that_is_served_is_refreshed(
    run_dir, data_of_today, served
):
    serve_another_run(served_version(str(served)).path)
    with pytest.raises(UserError, match="its checkpoint differs; publish that"):
        refresh(run_dir, data_of_today, served)

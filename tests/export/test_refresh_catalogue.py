"""The items of today, published without training."""

import pytest

from export import task
from export.version import served_version
from records import results
from serving.client import RecommenderClient
from serving.server import ModelServer


@pytest.fixture(scope="module")
def client(run_dir, data_of_today, tmp_path_factory):
    model_dir = tmp_path_factory.mktemp("models") / "recommender"
    task.main(
        [
            "refresh-catalogue", f"--run_dir={run_dir}", "--top_k=99",
            f"--data_dir={data_of_today}", f"--model_dir={model_dir}",
        ]
    )  # fmt: skip
    metadata = served_version(str(model_dir)).metadata
    assert metadata["catalogue"]["data_dir"] == data_of_today
    assert metadata["catalogue"]["items"] == metadata["top_k"] == 74
    assert metadata["metrics"] == results.read_json(run_dir, results.METRICS)
    with (
        ModelServer({"recommender": model_dir}) as server,
        RecommenderClient(server.address) as opened,
    ):
        yield opened


def test_a_new_photo_is_recommended_where_its_twin_is(client):
    found = client.recommend(["Käufer, 3"])
    assert found.known.all()
    ranked = list(found.item_ids[0])
    assert abs(ranked.index("new") - ranked.index("Größe, 3-1")) == 1
    assert ranked.index("new") < 20


def test_what_is_gone_is_not_recommended_and_its_taker_is_known(client):
    found = client.recommend(["Käufer, 7"])
    assert found.known.all()
    ranked = [one for one in found.item_ids[0] if one]
    assert len(ranked) == 82 - 9 + 1
    assert not [one for one in ranked if one.startswith("Größe, 7-")]


def test_the_new_item_has_neighbours(client):
    assert client.similar_items(["new"]).item_ids[0][0] == "Größe, 3-1"

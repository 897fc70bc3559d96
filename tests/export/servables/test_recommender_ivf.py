"""The recommender with an approximate index, over gRPC."""

import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema.item import Item
from export import task
from export.index.top_k import NO_SCORE
from export.publishing.recommender_golden import recommender_examples
from export.publishing.version import served_version
from export.publishing.version import versions_of
from serving.client.recommender_client import RecommenderClient
from serving.local_server.server import ModelServer
from trainer import task as trainer_task
from trainer.data.items import read_items
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hybrid_run(train_flags, tmp_path_factory):
    """A run that also knows what is taken together."""
    run_dir = str(tmp_path_factory.mktemp("hybrid") / "run")
    trainer_flags = [
        "--user_tower=history", "--ease_weight=20", "--item_embeddings",
        "--loss=softmax", "--positives_per_image=2", "--negatives=mixed",
        "--content=attributes", "--content_dim=4",
    ]  # fmt: skip
    trainer_task.main([*train_flags, f"--run_dir={run_dir}", *trainer_flags])
    return run_dir


@pytest.fixture(scope="module")
def model_dir(hybrid_run, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "recommender"
    export(hybrid_run, path, "--better_than=none")
    return path


@pytest.fixture(scope="module")
def client(model_dir):
    with (
        ModelServer({"recommender": model_dir}) as server,
        RecommenderClient(server.address) as opened,
    ):
        yield opened


def export(run_dir, model_dir, *flags, command="recommender"):
    task.main(
        [
            command, f"--run_dir={run_dir}", f"--model_dir={model_dir}",
            "--top_k=10", "--index=ivf", *flags,
        ]
    )  # fmt: skip


def overlap(found, scores, ids):
    """The share of the exact lists that was found."""
    shares = []
    for row, one in zip(found, scores, strict=True):
        best = {ids[item] for item in np.argsort(-one)[: len(row)]}
        shares.append(len(best & set(row)) / len(row))
    return np.mean(shares)


def test_the_version_holds_the_recall_of_its_index(model_dir):
    metadata = served_version(str(model_dir)).metadata
    assert set(metadata["index"]) == {
        "serving_default",
        "similar_items",
        "recommend_for_text",
    }
    for found in metadata["index"].values():
        assert 0.95 <= found["recall"] <= 1
        assert 1 < found["partitions"] < 41
        assert 1 <= found["rows"] <= 82
        assert found["k"] == 10


def test_recommends_over_grpc_nearly_as_the_trainer_does(client, hybrid_run):
    trained = load_recommender(Run.load(hybrid_run, RecommenderConfig))
    interactions = trained.interactions
    people = interactions.user_ids
    scores = trained.scorer()(np.arange(len(people)))
    for row, owned in zip(scores, interactions.train, strict=True):
        row[owned.numpy()] = NO_SCORE
    found = client.recommend(people)
    assert overlap(found.item_ids, scores, interactions.item_ids) >= 0.9
    places = [
        [interactions.item_ids.index(one) for one in row]
        for row in found.item_ids
    ]
    np.testing.assert_allclose(
        found.scores,
        np.take_along_axis(scores, np.array(places), 1),
        rtol=1e-3,
        atol=1e-4,
    )


def test_narrowed_likes_over_grpc_are_nearly_exact(
    client, hybrid_run, data_dir
):
    trained = load_recommender(Run.load(hybrid_run, RecommenderConfig))
    ids = trained.interactions.item_ids
    liked = [[ids[item]] for item in range(0, len(ids), 2)]
    rows = tf.constant([[item] for item in range(0, len(ids), 2)], tf.int64)
    scorer = trained.cold_start_scorer(tf.RaggedTensor.from_tensor(rows))
    scores = scorer(np.arange(len(liked)))
    hats = read_items(data_dir, lambda item: item.category == "hat")
    scores[:, ~np.array(hats)] = NO_SCORE
    np.put_along_axis(scores, rows.numpy(), NO_SCORE, axis=1)
    scores[:, 1] = NO_SCORE
    found = client.recommend_for_items(
        liked, [[ids[1]]] * len(liked), [["hat"]] * len(liked)
    )
    assert overlap(found.item_ids, scores, ids) >= 0.9


def test_similar_items_over_grpc_are_nearly_the_nearest(client, hybrid_run):
    trained = load_recommender(Run.load(hybrid_run, RecommenderConfig))
    looks, ids = trained.visual_vectors, trained.interactions.item_ids
    looks = looks / np.linalg.norm(looks, axis=1, keepdims=True)
    cosines = looks @ looks.T
    np.fill_diagonal(cosines, -2)
    found = client.similar_items(ids)
    assert overlap(found.item_ids, cosines, ids) >= 0.9


def test_items_are_refreshed_with_an_index(
    hybrid_run, data_of_today, tmp_path, caplog
):
    caplog.set_level("INFO", "export")
    export(
        hybrid_run, tmp_path, f"--data_dir={data_of_today}",
        command="refresh-items",
    )  # fmt: skip
    assert "partitions finds" in caplog.text
    assert len(versions_of(str(tmp_path))) == 1


def test_a_list_with_a_wrong_score_or_item_is_not_published(hybrid_run):
    trained = load_recommender(Run.load(hybrid_run, RecommenderConfig))
    ids = trained.interactions.item_ids
    catalog = [Item(item_id, b"", "hat") for item_id in ids]
    there = np.ones(len(ids), bool)
    there[3] = False
    example = recommender_examples(trained, catalog, there, 2, False, {})[1]
    assert example.signature == "recommend_excluding"
    scores = trained.scorer()(np.array([0]))[0]
    owned = trained.interactions.train[0].numpy()
    one, two = [item for item in range(4, len(ids)) if item not in owned][:2]

    def judged(*items):
        found = np.array([[ids[item].encode() for item in items]], object)
        answer = {
            "item_ids": found,
            "scores": np.zeros(found.shape),
            "because_item_ids": np.full(found.shape, b"", object),
            "because_shares": np.zeros(found.shape),
        }
        return example.judge(answer)["scores"][1]

    np.testing.assert_allclose(
        judged(one, two), scores[None, [one, two]], rtol=1e-6
    )
    assert np.isnan(judged(0, two)[0, 0])  # It was to be left out.
    assert np.isnan(judged(3, two)[0, 0])  # It cannot be bought.
    assert np.isnan(judged(owned[0], two)[0, 0])  # The user has it.
    assert judged(one, one)[0, 1] == NO_SCORE
    assert np.isnan(judged()[0, 0])  # There was something to list.


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--min_recall=95"], "--min_recall must be from 0 to 1, got 95.0"),
        (["--index=exact", "--min_recall=1"], "--min_recall requires --ind"),
    ],
)
def test_contradicting_flags_are_rejected(hybrid_run, tmp_path, flags, message):
    with pytest.raises(UserError, match=message):
        export(hybrid_run, tmp_path, *flags)
    assert not versions_of(str(tmp_path))

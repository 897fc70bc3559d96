"""Three servers with a part of the items each answer as one with all."""

import numpy as np
import pytest
import tensorflow as tf

from atelier.schema.signatures import RECOMMENDER
from export.servables.signatures import trace_signatures
from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient
from serving.client.recommender_requests import Recommendations
from serving.client.sharded_client import ShardedRecommenderClient
from serving.client.sharded_client import merge
from serving.local_server.server import ModelServer

NUM_ITEMS = 20
USERS = ["ann", "bob", "nobody"]
TOP = 6
# Small whole numbers: many scores are equal.
RNG = np.random.default_rng(0)
ITEM_VECTORS = RNG.integers(0, 3, (NUM_ITEMS, 3)).astype(np.float32)
USER_VECTORS = np.array([[2, 1, 0], [0, 1, 2], [1, 1, 1]], np.float32)


class Part(tf.Module):
    """The users, and the items from one to another."""

    def __init__(self, first, last):
        super().__init__()
        self.items = tf.Variable(ITEM_VECTORS[first:last])
        self.users = tf.Variable(USER_VECTORS)
        self.item_ids = tf.constant([f"i{one}" for one in range(first, last)])

    def recommend(self, user_id):
        nothing = tf.fill([tf.size(user_id), 1], "")
        return self.recommend_excluding(user_id, nothing)

    def recommend_excluding(self, user_id, exclude_ids):
        rows = tf.argmax(user_id[:, None] == tf.constant(USERS), axis=1)
        scores = tf.matmul(
            tf.gather(self.users, rows), self.items, transpose_b=True
        )
        hidden = tf.reduce_any(
            exclude_ids[:, None, :] == self.item_ids[None, :, None], axis=2
        )
        top = tf.math.top_k(
            tf.where(hidden, -np.inf, scores),
            min(TOP, len(self.item_ids)),
        )
        listed = tf.math.is_finite(top.values)
        item_ids = tf.where(listed, tf.gather(self.item_ids, top.indices), "")
        return {
            "item_ids": item_ids,
            "scores": top.values,
            "known_user": user_id != "nobody",
            "because_item_ids": tf.strings.join(["for ", item_ids]),
            "because_shares": top.values / 10,
        }


def save(part, folder):
    names = "serving_default", "recommend_excluding"
    signatures = trace_signatures(part, RECOMMENDER, names)
    tf.saved_model.save(part, str(folder / "1"), signatures=signatures)
    return ModelServer({"recommender": folder})


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """A server with all items, then three with 9, 8 and 3 of them."""
    bounds = [(0, NUM_ITEMS), (0, 9), (9, 17), (17, NUM_ITEMS)]
    running = [
        save(Part(*places), tmp_path_factory.mktemp("part"))
        for places in bounds
    ]
    for server in running:
        server.__enter__()
    yield running
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture(scope="module")
def clients(servers):
    whole, *parts = (RecommenderClient(one.address) for one in servers)
    with whole, ShardedRecommenderClient(parts) as sharded:
        yield whole, sharded


@pytest.mark.parametrize(
    "excluded",
    [
        None,
        [["i0", "i1", "i18"], [], ["i9"]],
        [[f"i{one}" for one in range(2, NUM_ITEMS)]] * 3,
    ],
)
def test_the_lists_are_those_of_one_server(clients, excluded):
    expected, found = (one.recommend(USERS, excluded) for one in clients)
    assert found.item_ids == expected.item_ids
    assert found.because_item_ids == expected.because_item_ids
    np.testing.assert_array_equal(found.scores, expected.scores)
    np.testing.assert_array_equal(found.because_shares, expected.because_shares)
    assert (
        found.known.tolist() == expected.known.tolist() == [True, True, False]
    )
    assert found.version == expected.version == 1


def test_a_server_that_is_away_fails_the_call(servers):
    away = RecommenderClient("localhost:1", deadline_seconds=0.2)
    there = RecommenderClient(servers[1].address)
    with (
        ShardedRecommenderClient([there, away]) as client,
        pytest.raises(ServingError, match="localhost:1"),
    ):
        client.recommend(["ann"])


def test_items_of_different_servers_are_not_compared(clients):
    with pytest.raises(ValueError, match="diversity must not be given"):
        clients[1].recommend(["ann"], diversity=0.5)


def test_there_is_a_client():
    with pytest.raises(ValueError, match="at least one client"):
        ShardedRecommenderClient([])


def test_parts_of_different_versions_have_none_together():
    def part(version, known):
        return Recommendations(
            item_ids=[["a"]],
            scores=np.ones((1, 1), np.float32),
            known=np.array([known]),
            version=version,
            because_item_ids=[[""]],
            because_shares=np.zeros((1, 1), np.float32),
        )

    assert merge([part(3, True), part(3, True)]).version == 3
    assert merge([part(3, True), part(4, True)]).version == 0
    # The average user's scores do not compare with those of a known one.
    assert not merge([part(3, True), part(3, False)]).known[0]

"""The signature `compose`, over a store of five designs."""

import numpy as np
import pytest
import tensorflow as tf

from export.servables.compose_signature import ComposedServable
from export.servables.id_lookup import IdLookup
from export.servables.user_table import UserTable
from trainer.design.design_store import DesignStore

ITEMS = ["shirt", "шапка", "dress"]
BOLDNESS = [0.0, 0.3, 0.5, 1.0]


@pytest.fixture(scope="module")
def compose():
    """Returns compose(users, categories, seeds, boldness): the outputs.

    The embeddings of the designs are their scores by ann and by bob.
    """
    store = DesignStore(
        categories=["hat", "top"],
        category=np.array([0, 0, 0, 1, 1], np.int32),
        png_files=[b"a", b"b", b"c", b"d", b"e"],
        embeddings=np.array(
            [[1, 9], [5, 5], [3, 1], [9, 0], [0, 2]], np.float32
        ),
        cut_items=np.array([1, 1, 0, 2, 2]),
        cloth_items=np.array([0, 2, 1, 0, 1]),
        colors=["#000001", "#000002", "#000003", "#000004", "#000005"],
        color_names=["black", "navy", "blue", "red", "tan"],
        nearest_items=np.array([[1, 0], [1, 2], [0, 1], [2, 0], [2, 1]]),
        novelty=np.array([0.1, 0.2, 0.3, 0.1, 0.1], np.float32),
    )
    vectors = np.array([[1, 0], [0, 1], [0, 0]], np.float32)
    average = vectors[:2].mean(axis=0)
    users = UserTable(["ann", "bob", "nil"], vectors, average)
    servable = ComposedServable(store, users, IdLookup(ITEMS, "items"))
    (function,) = servable.signatures().values()

    def ask(users, categories, seeds, boldness=0.0):
        found = function(
            user_id=tf.constant(users, tf.string),
            category=tf.constant(categories, tf.string),
            seed=tf.constant(seeds, tf.int64),
            boldness=tf.broadcast_to(tf.constant(boldness), [len(users)]),
        )
        return {name: values.numpy().tolist() for name, values in found.items()}

    # The variables live as long as the servable.
    ask.servable = servable
    return ask


def test_a_user_gets_the_best_design_of_the_category(compose):
    found = compose(["ann", "bob", "ann"], ["hat", "hat", "top"], [0, 0, 0])
    assert found == {
        "image_bytes": [b"b", b"a", b"d"],
        "preference": [5, 9, 9],
        "cut_item_id": ["шапка".encode(), "шапка".encode(), b"dress"],
        "cloth_item_id": [b"dress", b"shirt", b"shirt"],
        "color": [b"#000002", b"#000001", b"#000004"],
        "color_name": [b"navy", b"black", b"red"],
        "nearest_item_ids": [
            ["шапка".encode(), b"dress"],
            ["шапка".encode(), b"shirt"],
            [b"dress", b"shirt"],
        ],
        "known_user": [True, True, True],
        "error": [b"", b"", b""],
    }


def test_the_seed_is_the_rank_modulo_the_number_of_designs(compose):
    seeds = [0, 1, 2, 3, -1, 2**63 - 1]
    found = compose(["ann"] * 6, ["hat"] * 6, seeds)
    last = "bca"[(2**63 - 1) % 3].encode()
    assert found["image_bytes"] == [b"b", b"c", b"a", b"b", b"a", last]


def test_an_unknown_user_gets_the_design_of_the_average_user(compose):
    found = compose(["eve"], ["hat"], [0])
    assert found["known_user"] == [False]
    assert found["image_bytes"] == [b"a"]
    assert found["preference"] == [5]


def test_an_unknown_category_says_which_there_are(compose):
    found = compose(["ann", "ann"], ["kite", "top"], [0, 1])
    assert found["error"] == [
        b"There is no category kite; the designer has hat, top.",
        b"",
    ]
    assert found["image_bytes"] == [b"", b"e"]
    assert found["nearest_item_ids"][0] == [b"", b""]
    assert found["preference"] == [0, 0]


def test_a_boldness_out_of_bounds_is_an_error(compose):
    found = compose(["ann"] * 3, ["hat"] * 3, [0] * 3, [1.5, np.nan, 1.0])
    assert found["error"] == [
        b"boldness must be from 0 to 1, got 1.5.",
        b"boldness must be from 0 to 1, got nan.",
        b"",
    ]
    assert found["image_bytes"] == [b"", b"", b"c"]
    assert found["preference"] == [0, 0, 3]


def test_users_that_like_all_designs_alike_get_the_bold_ones(compose):
    assert compose(["nil"] * 2, ["hat"] * 2, [0, 2], 0.5)["image_bytes"] == [
        b"c",
        b"a",
    ]


def test_a_reloaded_model_orders_by_the_z_scores(tmp_path):
    """Also where one of the categories has a single design."""
    rng = np.random.default_rng(5)
    category = np.array([1] * 6 + [0] + [1] * 2, np.int32)
    num_designs = len(category)
    store = DesignStore(
        categories=["hat", "top"],
        category=category,
        png_files=[b"%d" % row for row in range(num_designs)],
        embeddings=rng.normal(3, 1, (num_designs, 4)).astype(np.float32),
        cut_items=np.zeros(num_designs, np.int64),
        cloth_items=np.zeros(num_designs, np.int64),
        colors=[""] * num_designs,
        color_names=[""] * num_designs,
        nearest_items=np.zeros((num_designs, 1), np.int64),
        novelty=rng.random(num_designs).astype(np.float32),
    )
    vectors = rng.normal(size=(2, 4)).astype(np.float32)
    users = UserTable(["ann", "bob"], vectors)
    servable = ComposedServable(store, users, IdLookup(ITEMS, "items"))
    tf.saved_model.save(servable, tmp_path, servable.signatures())
    loaded = tf.saved_model.load(tmp_path)

    def ask(user, name, boldness):
        found = loaded.signatures["compose"](
            user_id=tf.fill([8], user),
            category=tf.fill([8], name),
            seed=tf.range(8, dtype=tf.int64),
            boldness=tf.fill([8], boldness),
        )
        rows = [int(image) for image in found["image_bytes"].numpy()]
        return rows, found["preference"].numpy()

    def z_scores(values):
        return (values - values.mean()) / values.std()

    tops = np.flatnonzero(category)
    orders = set()
    for user, vector in zip(["ann", "bob"], vectors, strict=True):
        preferences = store.embeddings @ vector
        for boldness in BOLDNESS:
            scores = (1 - boldness) * z_scores(
                preferences[tops]
            ) + boldness * z_scores(store.novelty[tops])
            expected = tops[np.argsort(-scores)].tolist()
            rows, returned = ask(user, "top", boldness)
            assert rows == expected
            np.testing.assert_allclose(returned, preferences[rows], rtol=1e-5)
            assert ask(user, "hat", boldness)[0] == [6] * 8
            orders.add((user, *rows))
    # Each boldness gives another order.
    assert len(orders) == 2 * len(BOLDNESS)


def test_an_empty_batch_has_an_empty_answer(compose):
    assert compose([], [], [])["image_bytes"] == []

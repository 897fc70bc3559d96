"""The signature `compose`, over a store of five designs."""

import numpy as np
import pytest
import tensorflow as tf

from export.servables.composed import ComposedServable
from export.servables.id_lookup import IdLookup
from export.servables.user_table import UserTable
from trainer.design.design_store import DesignStore

ITEMS = ["shirt", "шапка", "dress"]


@pytest.fixture(scope="module")
def compose():
    """Returns compose(users, categories, seeds): the outputs, as traced.

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
    )
    users = UserTable(["ann", "bob"], np.eye(2, dtype=np.float32))
    servable = ComposedServable(store, users, IdLookup(ITEMS, "items"))
    (function,) = servable.signatures().values()

    def ask(users, categories, seeds):
        found = function(
            user_id=tf.constant(users, tf.string),
            category=tf.constant(categories, tf.string),
            seed=tf.constant(seeds, tf.int64),
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


def test_an_empty_batch_has_an_empty_answer(compose):
    assert compose([], [], [])["image_bytes"] == []

"""Items that a new user may like."""

import numpy as np

from export.publishing.catalog_starters import allot
from export.publishing.catalog_starters import choose_starters


def blobs(centers, number, seed=0):
    """Returns vectors around centers, [len(centers) * number, K]."""
    rng = np.random.default_rng(seed)
    vectors = np.repeat(np.array(centers, np.float32), number, axis=0)
    return vectors + rng.normal(0, 0.01, vectors.shape).astype(np.float32)


def test_seats_are_proportional_but_capped():
    counts = {"a": 5000, "b": 40, "c": 20, "d": 8, "e": 1, "f": 1, "g": 1}
    seats = allot(counts, 20)
    assert seats["a"] == 10
    assert sum(seats.values()) == 20
    assert seats["b"] > seats["c"] > seats["d"] >= 1
    assert allot(counts, 7)["a"] == 7
    assert allot({"a": 2, "b": 3}, 60) == {"a": 2, "b": 3}


def test_few_categories_share_all_seats():
    assert allot({"a": 100, "b": 100, "c": 100}, 60) == {
        "a": 20,
        "b": 20,
        "c": 20,
    }


def test_each_look_of_a_category_is_chosen_once():
    vectors = blobs(np.eye(4), 25)
    chosen = choose_starters(["hat"] * 100, vectors, num_items=4)
    assert sorted(item // 25 for item in chosen) == [0, 1, 2, 3]
    assert chosen == choose_starters(["hat"] * 100, vectors, num_items=4)


def test_categories_take_turns_and_the_largest_begins():
    vectors = blobs(np.eye(4), 25)
    categories = ["hat"] * 40 + ["shoe"] * 50 + [""] * 10
    chosen = choose_starters(categories, vectors, num_items=6)
    assert [categories[item] for item in chosen] == ["shoe", "hat"] * 3


def test_a_catalog_without_categories_has_starters():
    chosen = choose_starters([""] * 100, blobs(np.eye(4), 25), num_items=4)
    assert sorted(item // 25 for item in chosen) == [0, 1, 2, 3]


def test_equal_images_are_chosen_once(recwarn):
    vectors = np.ones((10, 3), np.float32)
    assert len(choose_starters(["hat"] * 10, vectors)) == 1
    assert len(choose_starters(["hat"] * 10, np.zeros_like(vectors))) == 1
    assert not recwarn.list

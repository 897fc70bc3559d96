import numpy as np
import pytest
import tensorflow as tf

from export.top_k import NO_SCORE
from export.top_k import TopK

IDS = [f"item {index}" for index in range(30)]


@pytest.fixture(scope="module")
def vectors():
    return np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)


@pytest.fixture(scope="module")
def queries():
    return np.random.default_rng(1).normal(size=(4, 5)).astype(np.float32)


def oracle(queries, vectors, k, excluded):
    """Sorts everything that is not excluded."""
    rows = []
    for query, out in zip(queries, excluded, strict=True):
        scored = sorted(
            (
                (float(query @ vector), item)
                for item, vector in zip(IDS, vectors, strict=True)
                if item not in out
            ),
            reverse=True,
        )
        rows.append([item for _, item in scored[:k]])
    return rows


def texts(item_ids):
    return [[one.decode() for one in row] for row in item_ids.numpy()]


@pytest.mark.parametrize("k", [1, 7, 30])
@pytest.mark.parametrize("excluding", [0, 3, 23])
def test_equals_sorting_the_catalogue(vectors, queries, k, excluding):
    index = TopK(tf.constant(IDS), vectors, k)
    best = oracle(queries, vectors, 30, [[]] * 4)
    excluded = [row[:excluding] + ["", "unknown"] for row in best]
    item_ids, scores = index(queries, tf.constant(excluded))
    left = min(k, 30 - excluding)
    expected = oracle(queries, vectors, k, excluded)
    assert [row[:left] for row in texts(item_ids)] == expected
    assert all(row[left:] == [""] * (k - left) for row in texts(item_ids))
    assert (scores.numpy()[:, left:] == NO_SCORE).all()
    assert (np.diff(scores.numpy()[:, :left]) <= 0).all()


def test_without_exclusions(vectors, queries):
    item_ids, scores = TopK(tf.constant(IDS), vectors, 4)(queries)
    assert texts(item_ids) == oracle(queries, vectors, 4, [[]] * 4)
    np.testing.assert_allclose(
        scores[:, 0], (queries @ vectors.T).max(axis=1), rtol=1e-5
    )


def test_a_small_catalogue_is_listed_whole(vectors, queries):
    item_ids, _ = TopK(tf.constant(IDS), vectors, 100)(queries)
    assert item_ids.shape == (4, 30)


def test_more_exclusions_than_items(vectors, queries):
    index = TopK(tf.constant(IDS), vectors, 3)
    item_ids, scores = index(queries, tf.constant([[*IDS, *IDS]] * 4))
    assert texts(item_ids) == [[""] * 3] * 4
    assert (scores.numpy() == NO_SCORE).all()

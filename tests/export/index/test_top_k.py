import numpy as np
import pytest
import tensorflow as tf

from export.index.top_k import NO_SCORE
from export.index.top_k import ScoreBonus
from export.index.top_k import TopK

IDS = [f"item {index}" for index in range(30)]


def ids_of(ids):
    """Returns a function from indices to ids, "" for -1."""
    table = tf.constant(["", *ids])
    return lambda items: tf.gather(table, items + 1)


@pytest.fixture(scope="module")
def vectors():
    return np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)


@pytest.fixture(scope="module")
def queries():
    return np.random.default_rng(1).normal(size=(4, 5)).astype(np.float32)


def oracle(scores, k, excluded=((),) * 4):
    """Sorts everything that is not excluded: indices, best first."""
    rows = []
    for row, out in zip(scores, excluded, strict=True):
        order = np.argsort(-row)
        rows.append([item for item in order if item not in out][:k])
    return rows


def ids(rows):
    return [[IDS[item] for item in row] for row in rows]


def texts(item_ids):
    return [[one.decode() for one in row] for row in item_ids.numpy()]


@pytest.mark.parametrize("k", [1, 7, 30])
@pytest.mark.parametrize("excluding", [0, 3, 23])
def test_equals_sorting_the_catalog(vectors, queries, k, excluding):
    index = TopK(ids_of(IDS), vectors, k)
    products = queries @ vectors.T
    excluded = [[*row[:excluding], -1] for row in oracle(products, 30)]
    item_ids, scores = index(queries, tf.constant(excluded, tf.int64))
    left = min(k, 30 - excluding)
    expected = ids(oracle(products, k, excluded))
    assert [row[:left] for row in texts(item_ids)] == expected
    assert all(row[left:] == [""] * (k - left) for row in texts(item_ids))
    assert (scores.numpy()[:, left:] == NO_SCORE).all()
    assert (np.diff(scores.numpy()[:, :left]) <= 0).all()


def test_without_exclusions(vectors, queries):
    item_ids, scores = TopK(ids_of(IDS), vectors, 4)(queries)
    assert texts(item_ids) == ids(oracle(queries @ vectors.T, 4))
    np.testing.assert_allclose(
        scores[:, 0], (queries @ vectors.T).max(axis=1), rtol=1e-5
    )


@pytest.mark.parametrize("k", [1, 7, 30])
@pytest.mark.parametrize("excluding", [None, 0, 4])
def test_bonuses_are_added(vectors, queries, k, excluding):
    rng = np.random.default_rng(4)
    totals = queries @ vectors.T
    items = np.full((4, 30), 30)
    amounts = np.zeros((4, 30), np.float32)
    for row, number in enumerate((9, 0, 30, 1)):
        items[row, :number] = np.sort(rng.permutation(30)[:number])
        amounts[row, :number] = rng.exponential(2.0, number)
        totals[row, items[row, :number]] += amounts[row, :number]
    excluded = [row[: excluding or 0] for row in oracle(totals, 30)]
    item_ids, scores = TopK(ids_of(IDS), vectors, k)(
        queries,
        None if excluding is None else tf.constant(excluded, tf.int64),
        ScoreBonus(tf.constant(items), tf.constant(amounts)),
    )
    expected = oracle(totals, k, excluded)
    left = len(expected[0])
    assert [row[:left] for row in texts(item_ids)] == ids(expected)
    np.testing.assert_allclose(
        scores.numpy()[:, :left],
        np.take_along_axis(totals, np.array(expected), axis=1),
        rtol=1e-5,
    )
    assert (scores.numpy()[:, left:] == NO_SCORE).all()


def test_a_small_catalog_is_listed_whole(vectors, queries):
    item_ids, _ = TopK(ids_of(IDS), vectors, 100)(queries)
    assert item_ids.shape == (4, 30)


def test_more_exclusions_than_items(vectors, queries):
    index = TopK(ids_of(IDS), vectors, 3)
    item_ids, scores = index(
        queries, tf.constant([[*range(30)] * 2] * 4, tf.int64)
    )
    assert texts(item_ids) == [[""] * 3] * 4
    assert (scores.numpy() == NO_SCORE).all()

"""Boosted lists, against sorting the whole catalog in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from export.index.boosts import Boost
from export.index.boosts import Boosts
from export.index.ivf import IVFIndex
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility
from export.index.top_k import ScoreBonus
from export.index.top_k import TopK

ITEMS, WIDTH, BATCH, K = 300, 6, 4, 12
PINNED = {7: 3, 250: 2, 31: 1}
BOOSTS = (
    {item: Boost(rank=rank) for item, rank in PINNED.items()}
    | {item: Boost(rank=-1) for item in range(100, 140)}
    | {3: Boost(8.0), 90: Boost(-9.0), 200: Boost(0.5), 201: Boost(-0.25)}
)


def rng(seed):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def vectors():
    return rng(0).normal(2.0, 1.0, size=(ITEMS, WIDTH)).astype("f4")


@pytest.fixture(scope="module")
def queries():
    return rng(1).normal(size=(BATCH, WIDTH)).astype("f4")


def names(items):
    """Returns item ids as bytes of their indices, "" for -1."""
    return tf.where(items < 0, "", tf.strings.as_string(items))


def oracle(products, totals, masked, boosts):
    """Indices of all items that are not masked, best first."""
    lists = []
    for product, total, out in zip(products, totals, masked, strict=True):
        keys = []
        for item in np.flatnonzero(~out):
            boost = boosts.get(item, Boost())
            score = total[item] + boost.amount * product.std()
            keys.append((-boost.rank, -score, item))
        lists.append([(item, -score) for _, score, item in sorted(keys)])
    return lists


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize(
    ("kind", "adding", "filtered", "boosts"),
    [
        # Half of all: any three of the four meet in each combination.
        ("exact", False, False, {}),
        ("exact", False, True, BOOSTS),
        ("exact", True, False, BOOSTS),
        ("exact", True, True, {}),
        ("ivf", False, False, BOOSTS),
        ("ivf", False, True, {}),
        ("ivf", True, False, {}),
        ("ivf", True, True, BOOSTS),
    ],
)
def test_equals_sorting_by_rank_and_boosted_score(
    vectors, queries, kind, adding, filtered, boosts
):
    embeddings, index = tf.Variable(vectors), None
    if kind == "ivf":
        partition_of = (vectors[:, 0] > 2) + 2 * (vectors[:, 1] > 2)
        index = IVFIndex(embeddings, partition_of, np.arange(ITEMS) % 3)
    variables = Boosts(vectors)
    variables.assign(boosts)
    top_k = TopK(names, embeddings, K, index, boosts=variables)
    products = queries @ vectors.T
    totals = products.copy()
    masked = np.zeros((BATCH, ITEMS), bool)
    excluded = added = eligible = None
    if adding:
        items = np.sort([rng(row).permutation(ITEMS)[:50] for row in range(4)])
        items[0] = ITEMS  # A user without a history.
        amounts = rng(5).exponential(2.0, items.shape).astype("f4")
        added = ScoreBonus(tf.constant(items), tf.constant(amounts))
        for row in range(1, BATCH):
            totals[row, items[row]] += amounts[row]
    if filtered:
        excluded = tf.constant([[250, 3, -1]] * 3 + [[-1, -1, -1]], tf.int64)
        masked[:3, [250, 3]] = True
        category_ids = np.arange(ITEMS) % 3
        gone = np.arange(ITEMS) % 5 == 1
        allowed = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0]], bool)
        eligible = Eligibility(
            tf.constant(np.where(gone, NO_SCORE, 0), tf.float32),
            tf.constant(category_ids, tf.int32),
            tf.constant(allowed),
        )
        masked |= gone | ~allowed[:, category_ids]
    item_ids, scores = top_k(queries, excluded, added, eligible)
    expected = oracle(products, totals, masked, boosts)
    for row, best in enumerate(expected):
        listed = [str(item).encode() for item, _ in best[:K]]
        padding = [b""] * (K - len(listed))
        assert item_ids[row].numpy().tolist() == listed + padding
        np.testing.assert_allclose(
            scores[row][: len(listed)],
            [score for _, score in best[:K]],
            rtol=1e-4,
            atol=1e-4,
        )
        assert (scores[row][len(listed) :].numpy() == NO_SCORE).all()


def test_an_ivf_index_finds_an_item_by_its_boost_alone(vectors, queries):
    """It is in none of the partitions that are read."""
    embeddings = tf.Variable(vectors)
    index = IVFIndex(embeddings, np.arange(ITEMS) // 10)
    index.rows = 10
    order = np.argsort(queries[0] @ vectors.T)
    variables = Boosts(vectors)
    top_k = TopK(names, embeddings, 5, index, boosts=variables)
    before = top_k(queries[:1])[0].numpy()[0].tolist()
    variables.assign({order[0]: Boost(100.0), order[1]: Boost(rank=1)})
    after = top_k(queries[:1])[0].numpy()[0].tolist()
    assert after[:2] == [str(item).encode() for item in order[[1, 0]]]
    assert after[2:] == before[:3]


def test_a_narrow_filter_lists_buried_items_last_by_score(vectors, queries):
    top_k = TopK(names, tf.Variable(vectors), K, boosts=Boosts(vectors))
    top_k._boosts.assign({item: Boost(rank=-1) for item in range(5)})
    available = np.where(np.arange(ITEMS) < 7, 0, NO_SCORE).astype("f4")
    eligible = Eligibility(tf.constant(available), tf.zeros(ITEMS, tf.int32))
    item_ids, _ = top_k(queries, eligible=eligible)
    for row, scores in zip(item_ids.numpy(), queries @ vectors.T, strict=True):
        expected = [*(5 + np.argsort(-scores[5:7])), *np.argsort(-scores[:5])]
        assert row[:7].tolist() == [str(item).encode() for item in expected]


@pytest.mark.parametrize("batch", [0, 1, 3])
def test_the_unit_is_a_standard_deviation_of_the_scores_of_a_user(
    vectors, batch
):
    queries = rng(8).normal(size=(batch, WIDTH)).astype("f4")
    boosts = Boosts(vectors)
    boosts.assign({2: Boost(1.0), 1: Boost(-0.5)})
    deviations = (queries @ vectors.T).std(axis=1, keepdims=True)
    np.testing.assert_allclose(
        boosts.of(queries), deviations * [-0.5, 1.0], rtol=1e-4
    )


def test_boosts_of_equal_items_are_zero():
    boosts = Boosts(np.ones((5, WIDTH), np.float32))
    boosts.assign({2: Boost(1.0)})
    assert boosts.of(tf.ones([1, WIDTH])).numpy() == [[0.0]]

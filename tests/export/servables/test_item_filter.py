"""Lists of what is on eligible, against sorting the whole catalogue."""

import numpy as np
import pytest
import tensorflow as tf

from export.index.ivf import IVFIndex
from export.index.ivf import _augment
from export.index.top_k import NO_SCORE
from export.index.top_k import ScoreBonus
from export.index.top_k import TopK
from export.servables.item_filter import ItemFilter

pytestmark = pytest.mark.usefixtures("eagerly")
ITEMS, WIDTH = 400, 6
IDS = np.array([f"item {index}" for index in range(ITEMS)])
CATEGORIES = np.array(["", "hat", "shoe", "帽子"])
ASKED = [["hat", ""], ["", ""], ["帽子", "shoe"], ["shoe", "shoe"]]


def ids_of(ids):
    """Returns a function from indices to ids, "" for -1."""
    table = tf.constant(["", *ids])
    return lambda items: tf.gather(table, items + 1)


@pytest.fixture(scope="module")
def vectors():
    return np.random.default_rng(0).normal(size=(ITEMS, WIDTH)).astype("f4")


@pytest.fixture(scope="module")
def queries():
    return np.random.default_rng(1).normal(size=(4, WIDTH)).astype("f4")


@pytest.fixture(scope="module")
def categories():
    """Of the items; the first 5 alone are shoes."""
    drawn = np.random.default_rng(2).choice([0, 1, 3], ITEMS)
    drawn[:5] = 2
    return CATEGORIES[drawn]


@pytest.fixture(scope="module")
def partition_of(vectors):
    """Those that lie together by their first two numbers."""
    return (vectors[:, 0] > 0) + 2 * (vectors[:, 1] > 0)


def allowed(categories):
    """Which items each row of `ASKED` may have, bool [4, items]."""
    rows = [{one for one in row if one} for row in ASKED]
    return np.array(
        [[one in row or not row for one in categories] for row in rows]
    )


def oracle(scores, barred, k):
    """Ids of the best that are not barred, filled up with ""."""
    rows = []
    for row, out in zip(scores, barred, strict=True):
        order = np.argsort(-row)
        ids = [IDS[item] for item in order if not out[item]][:k]
        rows.append(ids + [""] * (k - len(ids)))
    return rows


def texts(item_ids):
    return [[one.decode() for one in row] for row in item_ids.numpy()]


@pytest.mark.parametrize("kind", ["exact", "all partitions"])
@pytest.mark.parametrize("excluding", [False, True])
@pytest.mark.parametrize("adding", [False, True])
def test_equals_sorting_the_eligible_items(
    vectors, queries, categories, partition_of, kind, excluding, adding
):
    item_filter = ItemFilter(list(categories))
    index = None
    if kind != "exact":
        index = IVFIndex(
            tf.Variable(vectors), partition_of, item_filter.category_ids
        )
    top_k = TopK(ids_of(IDS), tf.Variable(vectors), 20, index)
    gone = np.arange(ITEMS) % 3 == 1
    item_filter._availability.assign(np.where(gone, NO_SCORE, 0))
    scores = queries @ vectors.T
    barred = ~allowed(categories) | gone
    excluded = added = None
    if excluding:
        out = np.argsort(-scores)[:, :9]
        np.put_along_axis(barred, out, True, axis=1)
        excluded = tf.constant(out, tf.int64)
    if adding:
        amounts = np.full((4, ITEMS), 0.5, np.float32)
        scores += amounts
        places = np.tile(np.arange(ITEMS), (4, 1))
        added = ScoreBonus(tf.constant(places), tf.constant(amounts))
    eligible, _ = item_filter.of(tf.constant(ASKED))
    item_ids, found = top_k(queries, excluded, added, eligible)
    expected = oracle(scores, barred, 20)
    assert texts(item_ids) == expected
    assert expected[3][-15:] == [""] * 15  # Five shoes at most.
    assert (found.numpy()[texts_are_empty(expected)] == NO_SCORE).all()
    everything = item_filter.everything()
    item_ids, _ = top_k(queries, eligible=everything)
    products = queries @ vectors.T
    assert texts(item_ids) == oracle(products, [gone] * 4, 20)


@pytest.mark.parametrize("kind", ["exact", "all rows", "few rows"])
@pytest.mark.parametrize("adding", [False, True])
def test_requested_items_equal_sorting_these(
    vectors, queries, categories, partition_of, kind, adding
):
    """Whatever the row: a part, all, one, or no item of the catalog."""
    item_filter = ItemFilter(list(categories))
    index = None
    if kind != "exact":
        index = IVFIndex(tf.Variable(vectors), partition_of)
        index.rows = ITEMS if kind == "all rows" else 1
    top_k = TopK(ids_of(IDS), tf.Variable(vectors), 20, index)
    gone = np.arange(ITEMS) % 3 == 1
    item_filter._availability.assign(np.where(gone, NO_SCORE, 0))
    wanted = np.random.default_rng(3).random((4, ITEMS)) < 0.3
    wanted[1] = True
    wanted[2] = np.arange(ITEMS) == 6
    wanted[3] = False
    scores, added = queries @ vectors.T, None
    if adding:
        amounts = np.full((4, ITEMS), 0.5, np.float32)
        scores += amounts
        places = np.tile(np.arange(ITEMS), (4, 1))
        added = ScoreBonus(tf.constant(places), tf.constant(amounts))
    eligible, _ = item_filter.of(tf.constant(ASKED))

    item_ids, _ = top_k(
        queries,
        added=added,
        eligible=eligible._replace(allowed_items=tf.constant(wanted)),
    )

    expected = oracle(scores, ~wanted | gone, 20)
    if kind == "few rows" and not adding:  # Exact where few are requested.
        item_ids, expected = item_ids[2:], expected[2:]
    assert texts(item_ids) == expected


def texts_are_empty(rows):
    return np.array(rows) == ""


def test_partitions_without_requested_categories_are_skipped(vectors, queries):
    """It is read where it is in the partition of which least is expected."""
    partition_of = np.arange(ITEMS) % 50
    embeddings = tf.Variable(vectors)
    centroid_scores = IVFIndex(embeddings, partition_of).centroid_scores(
        queries[:1]
    )
    last = np.argmin(centroid_scores[0])
    category_ids = np.where(partition_of == last, 1, 0)
    item_filter = ItemFilter(
        ["hat" if kind else "shoe" for kind in category_ids]
    )
    index = IVFIndex(embeddings, partition_of, item_filter.category_ids)
    index.rows = 1
    eligible, _ = item_filter.of(tf.constant([["hat"]]))
    held = index._held_of(eligible)
    augmented, k = _augment(queries[:1]), tf.constant(5)
    plan = index._plan(augmented, held, tf.constant(5.0), k, 1)
    assert plan.enough.numpy().all()
    (block,) = plan.blocks(plan.upto[0, -1]).numpy()[0]
    here = set(np.flatnonzero(category_ids))
    assert set(index._items[block].numpy()) - {0} == here - {0}
    item_ids, _ = TopK(ids_of(IDS), embeddings, 5, index)(
        queries[:1], eligible=eligible
    )
    barred = np.array([partition_of != last])
    assert texts(item_ids) == oracle(queries[:1] @ vectors.T, barred, 5)


def test_a_row_is_independent_of_its_batch(vectors, queries, categories):
    item_filter = ItemFilter(list(categories))
    top_k = TopK(ids_of(IDS), tf.Variable(vectors), 7)
    together, _ = top_k(queries, eligible=item_filter.of(tf.constant(ASKED))[0])
    for row in range(4):
        alone, _ = top_k(
            queries[row : row + 1],
            eligible=item_filter.of(tf.constant(ASKED[row : row + 1]))[0],
        )
        assert texts(alone) == texts(together)[row : row + 1]


@pytest.mark.parametrize("kind", ["exact", "partitioned"])
def test_a_row_with_an_unknown_category_is_refused_and_no_other(
    vectors, queries, categories, partition_of, kind
):
    item_filter = ItemFilter(list(categories))
    index = None
    if kind != "exact":
        index = IVFIndex(
            tf.Variable(vectors), partition_of, item_filter.category_ids
        )
        index.rows = 1
    top_k = TopK(ids_of(IDS), tf.Variable(vectors), 7, index)
    good, refused = item_filter.of(tf.constant(ASKED))
    assert refused.numpy().tolist() == [b""] * 4
    asked = [*ASKED[:2], ["hat", "tie"], ["shirt", "tie"]]
    eligible, refused = item_filter.of(tf.constant(asked))
    assert [one.decode() for one in refused.numpy()] == [
        "",
        "",
        "There is no category tie; the catalog has hat, shoe, 帽子.",
        "There is no category shirt, tie; the catalog has hat, shoe, 帽子.",
    ]
    item_ids, scores = top_k(queries, eligible=eligible)
    others, _ = top_k(queries, eligible=good)
    assert texts(item_ids)[:2] == texts(others)[:2]
    assert texts(item_ids)[2:] == [[""] * 7] * 2
    assert (scores.numpy()[2:] == NO_SCORE).all()


def test_categories_of_items():
    item_filter = ItemFilter(["shoe", "", "hat"])
    names = item_filter.category(tf.constant([2, 1, 0]))
    assert names.numpy().tolist() == [b"hat", b"", b"shoe"]


def test_a_catalog_without_categories():
    item_filter = ItemFilter(["", ""])
    eligible, refused = item_filter.of(tf.constant([["", ""], ["hat", ""]]))
    assert eligible.allowed_categories.numpy().tolist() == [[True], [False]]
    assert refused.numpy().tolist() == [
        b"",
        b"There is no category hat; the catalog has no categories.",
    ]


def test_an_empty_category_list_requests_all_and_an_empty_batch_none():
    item_filter = ItemFilter(["hat", ""])
    eligible, refused = item_filter.of(tf.zeros([2, 0], tf.string))
    assert eligible.allowed_categories.numpy().all()
    assert refused.numpy().tolist() == [b"", b""]
    assert item_filter.of(tf.zeros([0, 2], tf.string))[1].shape == (0,)

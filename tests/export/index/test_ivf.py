import importlib.resources
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from export.index.ivf import _NONE
from export.index.ivf import IVFIndex
from export.index.ivf import _ProbePlan
from export.index.ivf_build import exact_lists
from export.index.ivf_build import fit_index
from export.index.ivf_build import recall_of
from export.index.ivf_layout import count_available
from export.index.ivf_layout import mask_empty
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility
from export.index.top_k import ScoreBonus
from export.index.top_k import TopK
from export.publishing.blessing import OPS

ITEMS, WIDTH, K = 3000, 12, 20
IDS = np.array([f"item {index}" for index in range(ITEMS)])
EAGERLY = pytest.mark.usefixtures("eagerly")


def ids_of(ids):
    """Returns a function from indices to ids, "" for -1."""
    table = tf.constant(["", *ids])
    return lambda items: tf.gather(table, items + 1)


@pytest.fixture(scope="module")
def vectors():
    """Vectors in 40 clusters, of which a bias makes some larger."""
    return clustered(np.random.default_rng(0), ITEMS)


@pytest.fixture(scope="module")
def queries():
    return clustered(np.random.default_rng(1), 200)


@pytest.fixture(scope="module")
def fitted(vectors, queries):
    """An index of a minimum recall of 0.95, and what was measured of it."""
    return fit_index(tf.Variable(vectors), queries, K, 0.95)


@pytest.fixture(scope="module")
def index(fitted):
    return fitted[0]


def clustered(rng, number):
    centres = np.random.default_rng(9).normal(size=(40, WIDTH))
    rows = centres[rng.integers(40, size=number)]
    rows = rows + 0.4 * rng.normal(size=rows.shape)
    rows[:, -1] = rng.gumbel(size=number) if number == ITEMS else 1
    return rows.astype(np.float32)


def tell(index, category_ids, there):
    """Does what is done to a version whose stock has changed."""
    counts = count_available(category_ids, index.partition_of, there)
    index._held.assign(counts[0])
    index._held_by_category.assign(counts[1:])
    index._summaries.assign(mask_empty(index._summaries.numpy(), counts[0]))


def texts(item_ids):
    return [[one.decode() for one in row if one] for row in item_ids.numpy()]


def exact_totals(vectors, queries, added):
    """Scores of everything, [queries, items]."""
    totals = queries @ vectors.T
    for row, (items, amounts) in enumerate(zip(*added, strict=True)):
        there = items < len(vectors)
        totals[row, items[there]] += amounts[there]
    return totals


@EAGERLY
def test_reaches_the_minimum_recall_with_the_fewest_rows(
    vectors, queries, fitted, monkeypatch
):
    index, measured = fitted
    assert 0.95 <= measured.recall < 1
    assert measured.rows == index.rows < ITEMS / 3
    assert measured.partitions == len(index.sizes)
    assert (measured.k, measured.queries) == (K, 200)
    monkeypatch.setattr(index, "rows", index.rows - 1)
    lists = exact_lists(vectors, queries, K)
    assert recall_of(index, queries, lists) < 0.95


@EAGERLY
def test_recall_holds_for_other_users(vectors, index):
    others = clustered(np.random.default_rng(2), 200)
    assert recall_of(index, others, exact_lists(vectors, others, K)) > 0.92


@EAGERLY
def test_recall_is_that_of_lists_without_excluded_items(vectors, queries):
    """Every query excludes the best items, and some others."""
    products = queries @ vectors.T
    best = np.argsort(-products, axis=1)[:, : 2 * K]
    excluded = [
        [*row[:: 1 + query % 2], query] for query, row in enumerate(best)
    ]
    index, measured = fit_index(
        tf.Variable(vectors), queries, K, 0.95, tf.ragged.constant(excluded)
    )
    assert 0.95 <= measured.recall < 1
    for row, items in zip(products, excluded, strict=True):
        row[items] = -np.inf
    expected = np.argsort(-products, axis=1)[:, :K]
    found = index(queries, K + 2 * K + 1)[1].numpy()
    hits = [
        len(set(one) & set(of)) for one, of in zip(found, expected, strict=True)
    ]
    assert np.mean(hits) / K == pytest.approx(measured.recall)


def test_results_have_exact_inner_products(vectors, queries, index):
    products, items = index(queries, k=K)
    expected = np.einsum("qd,qkd->qk", queries, vectors[items.numpy()])
    np.testing.assert_allclose(products, expected, rtol=1e-4, atol=1e-5)
    assert (np.diff(products.numpy()) <= 0).all()
    assert all(len(set(row)) == K for row in items.numpy())


@EAGERLY
def test_a_recall_of_one_falls_back_to_exact_search(vectors, queries):
    _, measured = fit_index(tf.Variable(vectors), queries, K, 1.0)
    assert measured.recall > 0.999  # Equal but for rounding are no loss.
    assert measured.rows == ITEMS


@EAGERLY
def test_a_row_does_not_hang_on_the_others(queries, index):
    together = index(queries[:9], k=K)[1].numpy()
    for row, query in enumerate(queries[:9]):
        alone = index(query[None], k=K)[1].numpy()
        assert (alone[0] == together[row]).all()


@EAGERLY
def test_many_reads_take_turns(monkeypatch, queries, index):
    at_once = index(queries, k=K)
    monkeypatch.setattr(index, "_max_blocks", 3)
    in_turns = index(queries, k=K)
    np.testing.assert_array_equal(at_once[1], in_turns[1])
    np.testing.assert_allclose(at_once[0], in_turns[0], rtol=1e-6)


@pytest.mark.parametrize("number", [1, 4, 9])
def test_blocks_are_those_of_the_first_partitions(number):
    """Of which one reads two and three, one reads one, and one reads none."""
    plan = _ProbePlan(
        upto=tf.constant([[2, 5, 5], [1, 1, 1], [0, 0, 0]]),
        offset=tf.constant([[40, 8, 90, _NONE], [7, 1, 2, _NONE], [_NONE] * 4]),
        enough=tf.ones([3, 1], bool),
    )
    blocks = [[40, 41, 10, 11, 12], [7], []]
    expected = [(row + [0] * 9)[:number] for row in blocks]
    assert plan.blocks(tf.constant(number)).numpy().tolist() == expected
    some = plan.of(tf.constant([2, 0]))
    some = some.blocks(tf.constant(number)).numpy().tolist()
    assert some == [expected[2], expected[0]]


@EAGERLY
@pytest.mark.parametrize(("at_once", "rows"), [(1, 300), (40, 100), (400, 300)])
def test_mixed_queries_give_the_lists_of_single_ones(
    monkeypatch, vectors, queries, index, at_once, rows
):
    """A quarter asks for what few partitions hold, and reads much more."""
    category_ids = (np.arange(ITEMS) % 20 == 7).astype(np.int32)
    mixed = IVFIndex(tf.Variable(vectors), index.partition_of, category_ids)
    mixed.rows = rows
    monkeypatch.setattr(mixed, "_max_blocks", at_once)
    allowed_categories = np.tile(
        [[1, 1], [1, 0], [1, 1], [0, 1]], [6, 1]
    ).astype(bool)
    stock, category_ids = tf.zeros(ITEMS), tf.constant(category_ids)
    products, items = mixed(
        queries[:24],
        K,
        Eligibility(stock, category_ids, tf.constant(allowed_categories)),
    )
    for row in range(24):
        eligible = Eligibility(
            stock, category_ids, tf.constant(allowed_categories[row : row + 1])
        )
        alone = mixed(queries[row : row + 1], K, eligible)
        np.testing.assert_array_equal(items[row], alone[1][0])
        np.testing.assert_allclose(products[row], alone[0][0], rtol=1e-5)


@pytest.mark.parametrize(
    ("k", "allowed_categories"), [(200, None), (K, np.zeros([0, 1], bool))]
)
def test_an_empty_batch_gives_empty_lists(
    queries, index, k, allowed_categories
):
    eligible = Eligibility(
        tf.zeros(ITEMS), tf.zeros(ITEMS, tf.int32), allowed_categories
    )
    products, items = tf.function(index, autograph=False)(
        queries[:0], k, eligible
    )
    assert products.shape == items.shape == (0, k)


@EAGERLY
def test_an_index_without_a_limit_reads_all_rows(vectors, queries, index):
    whole = IVFIndex(tf.Variable(vectors), index.partition_of)
    assert recall_of(whole, queries, exact_lists(vectors, queries, K)) == 1


@EAGERLY
def test_queries_of_many_partitions_fall_back_to_exact_search(vectors, queries):
    """Of what lies everywhere and is rare, no tenth of partitions holds it."""
    there = np.arange(ITEMS) % 100 == 7
    index = IVFIndex(tf.Variable(vectors), np.arange(ITEMS) // 20)
    index.rows = 25
    tell(index, np.zeros(ITEMS, int), there)
    stock = tf.constant(np.where(there, 0, NO_SCORE), tf.float32)
    eligible = Eligibility(stock, tf.zeros(ITEMS, tf.int32))
    rows, k = tf.constant(25.0), tf.constant(K)
    plan = index._wider_plan(tf.constant(queries), rows, k, eligible)
    assert not plan.enough.numpy().any()
    products = np.where(there, queries @ vectors.T, NO_SCORE)
    expected = np.argsort(-products, axis=1)[:, :K]
    np.testing.assert_array_equal(index(queries, K, eligible)[1], expected)


@EAGERLY
def test_lengths_of_queries_are_no_matter():
    """Of partitions that lie as wide as this, some are looked at for that."""
    rng = np.random.default_rng(8)
    partition_of = np.arange(ITEMS) % 60
    spread = rng.uniform(0.1, 1.5, 60)[partition_of, None]
    vectors = rng.normal(size=(60, WIDTH))[partition_of]
    vectors = vectors + spread * rng.normal(size=vectors.shape)
    index = IVFIndex(tf.Variable(vectors.astype(np.float32)), partition_of)
    index.rows = 150
    queries = rng.normal(size=(50, WIDTH)).astype(np.float32)
    expected = index(queries, K)[1]
    for scale in (0.01, 100):
        found = index(queries * np.float32(scale), K)[1]
        np.testing.assert_array_equal(found, expected)


def test_some_are_served_exactly_and_others_are_not(vectors, queries, index):
    """Rows ask for everything, for what is rare, and for nothing there is."""
    category_ids = (np.arange(ITEMS) % 1500 == 7).astype(np.int32)
    mixed = IVFIndex(tf.Variable(vectors), index.partition_of, category_ids)
    mixed.rows = index.rows
    allowed_categories = np.array([[1, 1], [0, 1], [0, 0]] * 4, bool)
    eligible = Eligibility(
        tf.zeros(ITEMS),
        tf.constant(category_ids),
        tf.constant(allowed_categories),
    )
    ask = tf.function(mixed, autograph=False)
    products, items = ask(queries[:12], tf.constant(K), eligible)
    plain, expected = index(queries[:12], K)
    np.testing.assert_array_equal(items[::3], expected[::3])
    np.testing.assert_allclose(products[::3], plain[::3], rtol=1e-5)
    assert all(set(row[:2]) == {7, 1507} for row in items.numpy()[1::3])
    assert (products.numpy()[1::3, 2:] == NO_SCORE).all()
    assert (products.numpy()[2::3] == NO_SCORE).all()


@EAGERLY
@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
def test_recall_holds_for_available_items(vectors, queries, index, share):
    rows = index.rows
    there = np.random.default_rng(5).random(ITEMS) < share
    stock = tf.constant(np.where(there, 0, NO_SCORE), tf.float32)
    category_ids = np.zeros(ITEMS, np.int32)
    index = IVFIndex(tf.Variable(vectors), index.partition_of)
    index.rows = rows
    tell(index, category_ids, there)
    _, found = index(queries, K, Eligibility(stock, tf.constant(category_ids)))
    products = np.where(there, queries @ vectors.T, NO_SCORE)
    lists = np.argsort(-products, axis=1)[:, :K]
    hits = [
        len(set(one) & set(of))
        for one, of in zip(found.numpy(), lists, strict=True)
    ]
    assert np.mean(hits) / K >= 0.95


@EAGERLY
@pytest.mark.parametrize("sizes", [[32, 33], [64, 1, 100, 7]])
def test_partitions_of_any_size(queries, sizes):
    rng = np.random.default_rng(6)
    vectors = rng.normal(size=(sum(sizes), WIDTH)).astype(np.float32)
    partition_of = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    index = IVFIndex(tf.Variable(vectors), partition_of)
    lists = exact_lists(vectors, queries, K)
    assert recall_of(index, queries, lists) == 1


@EAGERLY
@pytest.mark.parametrize(("items", "excluding"), [(1, 0), (1, 1), (5, 0)])
def test_a_small_catalog_is_listed_whole(vectors, queries, items, excluding):
    few = vectors[:items]
    excluded = tf.RaggedTensor.from_tensor(
        np.tile(np.arange(excluding), [200, 1])
    )
    index, _ = fit_index(tf.Variable(few), queries, K, 0.95, excluded)
    lists = TopK(ids_of(IDS[:items]), few, K, index)
    item_ids, scores = lists(queries)
    assert scores.shape == (200, items)
    assert all(set(row) == set(IDS[:items]) for row in texts(item_ids))


@EAGERLY
def test_one_partition(vectors, queries):
    index = IVFIndex(tf.Variable(vectors), np.zeros(ITEMS, int))
    assert recall_of(index, queries, exact_lists(vectors, queries, K)) == 1


@EAGERLY
def test_more_partitions_are_probed_if_too_few_items_are_eligible(
    vectors, queries
):
    """Lists are full, whatever is excluded, and empty only of what is left."""
    index = IVFIndex(tf.Variable(vectors), np.arange(ITEMS))
    index.rows = 1
    lists = TopK(ids_of(IDS), vectors, K, index)
    assert texts(lists(queries[:2])[0]) == [
        [*IDS[row]] for row in exact_lists(vectors, queries[:2], K)
    ]
    number = ITEMS - 7
    out = tf.tile(tf.range(number, dtype=tf.int64)[None], [2, 1])
    item_ids, scores = lists(queries[:2], out)
    assert [set(row) for row in texts(item_ids)] == [set(IDS[number:])] * 2
    assert (scores.numpy()[:, 7:] == NO_SCORE).all()


@EAGERLY
def test_excluded_items_make_place_for_the_next(vectors, queries, index):
    lists = TopK(ids_of(IDS), vectors, K, index)
    first, _ = lists(queries)
    excluded = exact_lists(vectors, queries, K).astype(np.int64)
    found = texts(lists(queries, tf.constant(excluded))[0])
    assert all(len(row) == K for row in found)
    for row, out, before in zip(found, excluded, texts(first), strict=True):
        assert not set(row) & set(IDS[out])
        assert set(before) - set(IDS[out]) <= set(row)


@EAGERLY
def test_equal_items_share_a_score(queries):
    same = np.ones((50, WIDTH), np.float32)
    index, measured = fit_index(tf.Variable(same), queries, K, 0.95)
    assert measured.partitions >= 1
    item_ids, scores = TopK(ids_of(IDS[:50]), same, K, index)(queries)
    assert all(len(set(row)) == K for row in texts(item_ids))
    np.testing.assert_allclose(
        scores, np.tile(queries.sum(axis=1)[:, None], K), rtol=1e-4, atol=1e-4
    )


@EAGERLY
@pytest.mark.parametrize("excluding", [0, 5])
def test_items_with_a_bonus_are_scored_exactly(
    vectors, queries, index, excluding
):
    rng = np.random.default_rng(4)
    items = np.sort(
        [rng.choice(ITEMS, 30, replace=False) for _ in queries], axis=1
    )
    amounts = rng.exponential(30.0, items.shape).astype(np.float32)
    items[::2, 20:], amounts[::2, 20:] = ITEMS, 0.0
    totals = exact_totals(vectors, queries, (items, amounts))
    order = np.argsort(-totals, axis=1)
    excluded = order[:, :excluding]
    item_ids, scores = TopK(ids_of(IDS), vectors, K, index)(
        queries, tf.constant(excluded), ScoreBonus(items, tf.constant(amounts))
    )
    hits = 0
    for row, found in enumerate(texts(item_ids)):
        expected = order[row, excluding:][:K]
        touched = np.intersect1d(expected, items[row])
        assert set(IDS[touched]) <= set(found)
        hits += len(set(IDS[expected]) & set(found))
        numbers = [int(one.split()[1]) for one in found]
        np.testing.assert_allclose(
            scores[row], totals[row, numbers], rtol=1e-4, atol=1e-5
        )
    assert hits / order[:, :K].size > 0.95


@pytest.mark.slow
def test_is_served_by_stock_ops_in_another_process(
    vectors, queries, index, tmp_path
):
    module = tf.Module()
    module.lists = TopK(ids_of(IDS), vectors, K, index)
    serve = tf.function(
        lambda queries: dict(
            zip(("ids", "scores"), module.lists(queries), strict=True)
        ),
        input_signature=[tf.TensorSpec([None, WIDTH], name="queries")],
    )
    tf.saved_model.save(module, tmp_path / "model", {"serving_default": serve})
    np.save(tmp_path / "queries.npy", queries)
    script = """
import json, sys
import numpy as np
import tensorflow as tf
folder = sys.argv[1]
with tf.Graph().as_default() as graph, tf.compat.v1.Session() as session:
    load = tf.compat.v1.saved_model.load
    loaded = load(session, ["serve"], folder + "/model")
    signature = loaded.signature_def["serving_default"]
    ids, scores = session.run(
        [signature.outputs[one].name for one in ("ids", "scores")],
        {signature.inputs["queries"].name: np.load(folder + "/queries.npy")},
    )
nodes = [*loaded.graph_def.node]
library = loaded.graph_def.library.function
names = {one.signature.name for one in library}
nodes += [node for one in library for node in one.node_def]
found = {"ids": [[one.decode() for one in row] for row in ids],
         "scores": scores.tolist(), "ops": [*{n.op for n in nodes} - names]}
json.dump(found, open(folder + "/found.json", "w"))
"""
    subprocess.run([sys.executable, "-c", script, tmp_path], check=True)
    found = json.loads((tmp_path / "found.json").read_text())
    item_ids, scores = module.lists(queries)
    assert found["ids"] == texts(item_ids)
    np.testing.assert_allclose(found["scores"], scores, rtol=1e-5)
    assert "TopKV2" in found["ops"]
    known = importlib.resources.files("export.publishing").joinpath(OPS)
    assert set(found["ops"]) <= set(known.read_text().split())

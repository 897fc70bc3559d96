"""Building an IVF index for a minimum recall against exact search."""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from export.index.ivf import IVFIndex
from export.index.kmeans import partition
from export.index.ops.blocked_top_k import blocked_top_k
from export.index.ops.inner_products import inner_products
from export.index.top_k import Index
from export.index.top_k import exact_index

QUERIES = 1000
"""Maximum number of queries on which recall is measured."""
_BATCH = 64
"""Batch size of exact search."""


@dataclasses.dataclass(frozen=True)
class IndexStats:
    """Size and measured recall of an index.

    Attributes:
        partitions: Number of partitions.
        rows: Minimum number of items that a query reads; all items if exact
            search is faster.
        k: Length of the lists.
        queries: Number of queries on which recall was measured.
        recall: Fraction of the exact top-k items that the index finds.
    """

    partitions: int
    rows: int
    k: int
    queries: int
    recall: float


def fit_index(
    embeddings: tf.Variable,
    queries: np.ndarray,
    k: int,
    min_recall: float,
    excluded: tf.RaggedTensor | None = None,
    category_ids: np.ndarray | None = None,
) -> tuple[Index, IndexStats]:
    """Builds the IVF index that reads the fewest rows for a minimum recall.

    The number of rows is chosen on the same queries on which recall is then
    reported, with all items eligible. Recall is lower for users who request a
    category in which they like nothing. If the index would read a large part of
    the catalog, the exact index is returned instead.

    Args:
        embeddings: Item embeddings, a variable, float32 [items, D].
        queries: Typical queries, float32 [queries, D]; a random sample of
            `QUERIES` is used.
        k: Length of the lists.
        min_recall: Minimum fraction of the exact top-k items to find.
        excluded: Items that each query excludes, such as those that a user
            has, int64 [queries, None]; none if None.
        category_ids: Category id of each item, int32 [items]; None if no query
            requests categories.

    Returns:
        The index and its statistics.
    """
    rng = np.random.default_rng(0)
    vectors = embeddings.numpy()
    num_queries = min(QUERIES, len(queries))
    chosen = rng.choice(len(queries), num_queries, replace=False)
    sample, left_out = queries[chosen], _rows(excluded, chosen)
    lists = exact_lists(vectors, sample, k, left_out)
    ivf = IVFIndex(embeddings, partition(vectors, rng), category_ids)
    ivf.rows = _min_rows(ivf, sample, lists, min_recall)
    index: Index = ivf
    rows, partitions = ivf.rows, len(ivf.sizes)
    if rows * partitions > ivf.max_probes * len(vectors):
        index, rows = exact_index(embeddings), len(vectors)
    recall = recall_of(
        index, sample, lists, min(k + left_out.shape[1], len(vectors))
    )
    return index, IndexStats(
        partitions, rows, lists.shape[1], num_queries, recall
    )


def exact_lists(
    vectors: np.ndarray,
    queries: np.ndarray,
    k: int,
    excluded: np.ndarray | None = None,
) -> np.ndarray:
    """Computes exact top-k lists.

    Excluded items follow the others, where fewer than k are left.

    Args:
        vectors: Item embeddings, float32 [items, D].
        queries: Queries, float32 [queries, D].
        k: Length of the lists, at most the number of items.
        excluded: Items that each query excludes, padded with -1, int64
            [queries, n]; none if None.

    Returns:
        Item indices, best first, int [queries, k].
    """
    catalog = tf.constant(vectors)
    if excluded is None:
        excluded = _rows(None, np.arange(len(queries)))
    length = min(k + excluded.shape[1], len(vectors))
    lists = np.concatenate(
        [
            blocked_top_k(inner_products(batch, catalog), length)[1]
            for batch in _batches(queries)
        ]
    )
    is_excluded = np.array(list(map(np.isin, lists, excluded)))
    order = np.argsort(is_excluded, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(lists, order, axis=1)


def recall_of(
    index: Index,
    queries: np.ndarray,
    lists: np.ndarray,
    num_items: int = 0,
) -> float:
    """Computes the recall of an index against exact top-k lists.

    Args:
        index: Index to measure.
        queries: Queries, float32 [queries, D].
        lists: Exact lists of `exact_lists`, int [queries, k].
        num_items: Number of items to retrieve, more than the length of the
            lists if queries exclude items; that length if 0.

    Returns:
        Fraction of the items of `lists` that the index finds.
    """
    search = tf.function(index, autograph=False, reduce_retracing=True)
    length = tf.constant(num_items or lists.shape[1])
    approximate = np.concatenate(
        [search(batch, length)[1] for batch in _batches(queries)]
    )
    hits = map(np.isin, lists, approximate)
    return float(np.mean(list(hits)))


def _min_rows(
    index: IVFIndex,
    queries: np.ndarray,
    lists: np.ndarray,
    min_recall: float,
) -> int:
    """Returns the smallest number of rows that reaches a minimum recall."""
    # A query finds an item if it reads more rows than all partitions hold that
    # it ranks before the item's partition.
    needed = []
    for batch, items in zip(_batches(queries), _batches(lists), strict=True):
        ranked = np.argsort(
            -index.centroid_scores(batch).numpy(), axis=1, kind="stable"
        )
        sizes = index.sizes[ranked]
        before = np.empty_like(sizes)
        np.put_along_axis(before, ranked, np.cumsum(sizes, axis=1) - sizes, 1)
        needed.append(
            1 + np.take_along_axis(before, index.partition_of[items], axis=1)
        )
    rows = np.sort(np.concatenate(needed), axis=None)
    return int(rows[max(math.ceil(min_recall * len(rows)), 1) - 1])


def _rows(items: tf.RaggedTensor | None, rows: np.ndarray) -> np.ndarray:
    """Returns some rows, padded with -1, int64 [rows, n]; empty for None."""
    if items is None:
        return np.zeros([len(rows), 0], np.int64)
    padded: np.ndarray = tf.gather(items, rows).to_tensor(-1).numpy()
    return padded


def _batches(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH)]

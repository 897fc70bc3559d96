"""Partitions a catalogue, and measures what its index then finds."""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from export.index.ivf import IVFIndex
from export.index.kmeans import partition
from export.index.ops.blocked_top_k import blocked_top_k
from export.index.ops.matmul import inner_products
from export.index.top_k import Index
from export.index.top_k import exact_index

QUERIES = 1000
"""Recall is measured on so many, or on all if there are fewer."""
_BATCH = 64
"""Queries that are held against the whole catalogue at a time."""


MIN_RECALL = 0.95
"""Share of the exact lists that must be found, if nothing else is asked."""


@dataclasses.dataclass(frozen=True)
class IndexStats:
    """What an index is and finds.

    Attributes:
        partitions: How many there are.
        rows: How many of the items a query looks at, at least; all where that
            takes less time.
        k: Length of the lists.
        queries: How many were asked.
        recall: Share of their exact lists that was found.
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
    skip: int = 0,
    kinds: np.ndarray | None = None,
) -> tuple[Index, IndexStats]:
    """Makes an index that looks at as few items as find what is asked.

    How many these are is chosen on the queries that the recall is then
    measured on, with everything on offer. It is lower for who asks for a
    category of which they like nothing. Where these would be much of the
    catalogue, the index is the exact one.

    Args:
        embeddings: Of the catalogue, float32 [items, D].
        queries: Such as will be asked, float32 [queries, D]; `QUERIES` of
            them, drawn at random, are.
        k: Length of the lists.
        min_recall: Share of the exact lists that must be found.
        skip: How many at the head of each list do not count: 1 where a query
            is an item that would find itself.
        kinds: As `IVFIndex` takes them.
    """
    rng = np.random.default_rng(0)
    vectors = embeddings.numpy()
    number = min(QUERIES, len(queries))
    skip = min(skip, len(vectors) - 1)  # A lone item does find itself.
    asked = queries[rng.choice(len(queries), number, replace=False)]
    lists = exact_lists(vectors, asked, k, skip)
    partitioned = IVFIndex(embeddings, partition(vectors, rng), kinds)
    partitioned.rows = _least_rows(partitioned, asked, lists, min_recall)
    index: Index = partitioned
    rows, partitions = partitioned.rows, len(partitioned.sizes)
    if rows * partitions > partitioned.most * len(vectors):
        index, rows = exact_index(embeddings), len(vectors)
    recall = recall_of(index, asked, lists, skip)
    return index, IndexStats(partitions, rows, lists.shape[1], number, recall)


def exact_lists(
    vectors: np.ndarray, queries: np.ndarray, k: int, skip: int = 0
) -> np.ndarray:
    """Looks through everything.

    Args:
        vectors: Of the catalogue, float32 [items, D].
        queries: float32 [queries, D].
        k: Length of the lists; of a smaller catalogue, all of it.
        skip: As `fit_index` takes it.

    Returns:
        Items, best first, int [queries, k].
    """
    catalogue = tf.constant(vectors)
    wide = min(k + skip, len(vectors))
    found = [
        blocked_top_k(inner_products(some, catalogue), wide)[1]
        for some in _in_turns(queries)
    ]
    return np.concatenate([some[:, skip:] for some in found])


def recall_of(
    index: Index,
    queries: np.ndarray,
    lists: np.ndarray,
    skip: int = 0,
) -> float:
    """Measures an index.

    Args:
        index: The index.
        queries: float32 [queries, D].
        lists: What `exact_lists` found for them.
        skip: As `exact_lists` took it.

    Returns:
        The share of `lists` that it finds.
    """
    ask = tf.function(index, autograph=False, reduce_retracing=True)
    wide = lists.shape[1] + skip
    found = np.concatenate(
        [ask(some, tf.constant(wide))[1] for some in _in_turns(queries)]
    )
    hits = [
        np.isin(one, of).sum() for one, of in zip(lists, found, strict=True)
    ]
    return float(np.sum(hits) / lists.size)


def _least_rows(
    index: IVFIndex,
    queries: np.ndarray,
    lists: np.ndarray,
    min_recall: float,
) -> int:
    """Returns how many rows must be read to find that share of the lists."""
    # An item is found by who reads more than what comes before its partition.
    needed = []
    for some, items in zip(_in_turns(queries), _in_turns(lists), strict=True):
        ranked = np.argsort(-index.promise(some).numpy(), axis=1, kind="stable")
        sizes = index.sizes[ranked]
        before = np.empty_like(sizes)
        np.put_along_axis(before, ranked, np.cumsum(sizes, axis=1) - sizes, 1)
        needed.append(
            1 + np.take_along_axis(before, index.partition_of[items], axis=1)
        )
    rows = np.sort(np.concatenate(needed), axis=None)
    return int(rows[max(math.ceil(min_recall * len(rows)), 1) - 1])


def _in_turns(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH)]

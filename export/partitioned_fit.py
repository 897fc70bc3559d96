"""Partitions a catalogue, and measures what its index then finds."""

import dataclasses
import math

import numpy as np
import tensorflow as tf
from sklearn.cluster import MiniBatchKMeans

from export.partitioned import PartitionedIndex
from records.errors import UserError

QUERIES = 1000
"""Recall is measured on so many, or on all if there are fewer."""
_PARTITIONS = 2.0
"""Times the root of the number of items.

Finer ones hold fewer rows that are no good, but have to be looked at
themselves.
"""
_ROWS_A_PARTITION = 64
"""K-means sees so many rows of each; more hardly move the centres."""
_BATCH = 64
"""Queries that are held against the whole catalogue at a time."""


@dataclasses.dataclass(frozen=True)
class Partitioning:
    """What is asked of an index.

    Attributes:
        probes: How many partitions a query reads; None for the least that
            reach `min_recall`.
        min_recall: Share of the exact lists that must be found.
    """

    probes: int | None = None
    min_recall: float = 0.95


@dataclasses.dataclass(frozen=True)
class Measured:
    """What an index is and finds.

    Attributes:
        partitions: How many there are.
        probes: How many of them a query reads.
        k: Length of the lists.
        queries: How many were asked.
        recall: Share of their exact lists that was found.
    """

    partitions: int
    probes: int
    k: int
    queries: int
    recall: float


def fit_index(
    name: str,
    vectors: np.ndarray,
    queries: np.ndarray,
    k: int,
    wanted: Partitioning,
    skip: int = 0,
    kinds: np.ndarray | None = None,
) -> tuple[PartitionedIndex, Measured]:
    """Makes an index of a catalogue.

    The probes are chosen on the queries that the recall is then measured on.

    Args:
        name: What is looked for, for the message.
        vectors: Of the catalogue, float32 [items, D].
        queries: Such as will be asked, float32 [queries, D]; `QUERIES` of
            them, drawn at random, are.
        k: Length of the lists.
        wanted: What is asked of it.
        skip: How many at the head of each list do not count: 1 where a query
            is an item that would find itself.
        kinds: As `PartitionedIndex` takes them.

    Raises:
        UserError: If the probes that are wanted find too little.
    """
    rng = np.random.default_rng(0)
    number = min(QUERIES, len(queries))
    skip = min(skip, len(vectors) - 1)  # A lone item does find itself.
    asked = queries[rng.choice(len(queries), number, replace=False)]
    best = largest(vectors, asked, k, skip)
    index = PartitionedIndex(vectors, _partition(vectors, rng), kinds)
    if wanted.probes is None:
        index.probes = _least_probes(index, asked, best, wanted.min_recall)
    else:
        index.probes = min(wanted.probes, index.partitions)
    recall = recall_of(index, asked, best, skip)
    if wanted.probes is not None and recall < wanted.min_recall:
        raise UserError(
            f"{index.probes} of {index.partitions} partitions hold only "
            f"{recall:.3f} of the exact lists of {name}, --min_recall asks "
            f"{wanted.min_recall}; leave --probes out to have the least chosen "
            "that reaches it"
        )
    return index, Measured(
        index.partitions, index.probes, best.shape[1], number, recall
    )


def largest(
    vectors: np.ndarray, queries: np.ndarray, k: int, skip: int = 0
) -> np.ndarray:
    """Finds the exact lists.

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
        tf.math.top_k(tf.matmul(some, catalogue, transpose_b=True), wide)
        for some in _in_turns(queries)
    ]
    return np.concatenate([some.indices[:, skip:] for some in found])


def recall_of(
    index: PartitionedIndex,
    queries: np.ndarray,
    best: np.ndarray,
    skip: int = 0,
) -> float:
    """Measures an index.

    Args:
        index: The index.
        queries: float32 [queries, D].
        best: What `largest` found for them.
        skip: As `largest` took it.

    Returns:
        The share of `best` that it finds.
    """
    ask = tf.function(index, reduce_retracing=True)
    wide = best.shape[1] + skip
    found = np.concatenate(
        [ask(some, tf.constant(wide))[1] for some in _in_turns(queries)]
    )
    hits = [np.isin(one, of).sum() for one, of in zip(best, found, strict=True)]
    return float(np.sum(hits) / best.size)


def _least_probes(
    index: PartitionedIndex,
    queries: np.ndarray,
    best: np.ndarray,
    min_recall: float,
) -> int:
    """Returns how many probes find that share of the best."""
    # An item is found by as many probes as its partition's place.
    places = []
    for some, items in zip(_in_turns(queries), _in_turns(best), strict=True):
        promise = index.promise(some).numpy()
        own = np.take_along_axis(promise, index.partition_of[items], axis=1)
        ascending = np.sort(promise, axis=1)
        places += [
            index.partitions - np.searchsorted(row, one)
            for row, one in zip(ascending, own, strict=True)
        ]
    needed = np.sort(np.concatenate(places))
    return int(needed[max(math.ceil(min_recall * len(needed)), 1) - 1])


def _in_turns(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH)]


def _partition(vectors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns the partition of each item, numbered without gaps, [items]."""
    items = len(vectors)
    number = min(items, round(_PARTITIONS * math.sqrt(items)))
    # Of the same length all, so that those of large products lie together too.
    norms = np.linalg.norm(vectors, axis=1)
    rest = np.sqrt(np.maximum(norms.max() ** 2 - norms**2, 0.0))
    points = np.column_stack([vectors, rest]).astype(np.float32)
    means = MiniBatchKMeans(
        number,
        init="random",
        n_init=1,
        max_iter=4,
        batch_size=4096,
        random_state=0,
    )
    sample = rng.permutation(items)[: _ROWS_A_PARTITION * number]
    labels = means.fit(points[sample]).predict(points)
    return np.unique(labels, return_inverse=True)[1]

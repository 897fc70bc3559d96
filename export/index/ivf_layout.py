"""Memory layout of the IVF index.

The product of one query with many vectors takes half the time if the values of
32 or 64 vectors are adjacent. Item embeddings, in blocks by partition, and
partition summaries are therefore stored as columns. They have two extra values,
for the norm of the query and for a constant 1.
"""

from typing import NamedTuple

import numpy as np

from export.index.top_k import NO_SCORE

BLOCK = 32
"""Items per block; the catalog is read in whole blocks."""

_SUMMARIES = 64
"""Partition summaries per block."""

_REACH = 2.0
"""Standard deviations above the mean at which the best row of a partition is
expected.

With 0, partitions are probed in the order of their means, and up to twice as
many rows have to be scored for the same recall.
"""


class Layout(NamedTuple):
    """Arrays of the IVF index.

    The partitions are padded with empty ones to a multiple of 64.

    Attributes:
        blocks: Item embeddings and two zeros, float32 [blocks, D + 2, 32].
            Empty slots, such as all of block 0, hold zeros and, for the
            constant 1, `NO_SCORE`.
        items: Item index of each slot, 0 if it is empty, int64 [blocks, 32].
        numbers: Number of blocks of each partition, int32 [partitions].
        ends: Index after the last block of each partition, int32 [partitions].
        summaries: Mean of each partition; for the norm, the expected distance
            of its best row above the mean; for the constant 1, 0, or `NO_SCORE`
            if it is empty, float32 [partitions / 64, D + 2, 64].
    """

    blocks: np.ndarray
    items: np.ndarray
    numbers: np.ndarray
    ends: np.ndarray
    summaries: np.ndarray


def build_layout(vectors: np.ndarray, partition_of: np.ndarray) -> Layout:
    """Builds the layout, with the items of a partition in adjacent blocks.

    Args:
        vectors: Item embeddings, float32 [items, D].
        partition_of: Partition of each item, int [items]; none may be empty.
    """
    items, width = vectors.shape
    sizes = np.bincount(partition_of)
    starts = np.cumsum(sizes) - sizes
    order = np.argsort(partition_of, kind="stable")
    numbers = -(-sizes // BLOCK)
    ends = 1 + np.cumsum(numbers)
    block, slot = np.divmod(np.arange(items) - np.repeat(starts, sizes), BLOCK)
    block += np.repeat(ends - numbers, sizes)
    blocks = np.zeros((ends[-1], width + 2, BLOCK), np.float32)
    blocks[:, -1] = NO_SCORE
    blocks[block, :, slot] = np.pad(vectors[order], [[0, 0], [0, 2]])
    item_of = np.zeros((ends[-1], BLOCK), np.int64)
    item_of[block, slot] = order
    room = [0, -len(sizes) % _SUMMARIES]
    return Layout(
        blocks,
        item_of,
        np.pad(numbers, room).astype(np.int32),
        np.pad(ends, room).astype(np.int32),
        mask_empty(_summaries(vectors[order], sizes), np.pad(sizes, room)),
    )


def mask_empty(summaries: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Returns summaries in which empty partitions are masked.

    Args:
        summaries: Summaries of a `Layout`, float32 [partitions / 64, D + 2,
            64].
        held: Number of available items per partition, [partitions].
    """
    summaries = summaries.copy()
    summaries[:, -1] = np.where(held > 0, 0, NO_SCORE).reshape(-1, _SUMMARIES)
    return summaries


def count_available(
    category_ids: np.ndarray,
    partition_of: np.ndarray,
    available: np.ndarray | None = None,
) -> np.ndarray:
    """Counts the available items of each partition.

    Args:
        category_ids: Category id of each item, int [items].
        partition_of: Partition of each item, int [items].
        available: Availability of each item, bool [items]; all if None.

    Returns:
        Counts over all categories, then per category, float32 [1 + categories,
        partitions], with the padding of a `Layout`.
    """
    num_partitions = 1 + partition_of.max()
    num_partitions += -num_partitions % _SUMMARIES
    held = np.zeros((2 + category_ids.max(), num_partitions), np.float32)
    counted = 1 if available is None else available
    np.add.at(held, (1 + category_ids, partition_of), counted)
    held[0] = held.sum(axis=0)
    return held


def _summaries(vectors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Returns the summaries of a `Layout`, with no partition masked.

    Args:
        vectors: Item embeddings, ordered by partition, float32 [items, D].
        sizes: Items per partition, int [partitions].
    """
    starts = np.cumsum(sizes) - sizes
    means = np.add.reduceat(vectors, starts) / sizes[:, None]
    squares = ((vectors - np.repeat(means, sizes, axis=0)) ** 2).mean(axis=1)
    deviations = np.sqrt(np.add.reduceat(squares, starts) / sizes)
    reach = _REACH * deviations[:, None]
    rows = np.hstack([means, reach, np.zeros_like(reach)]).astype(np.float32)
    rows = np.pad(rows, [[0, -len(sizes) % _SUMMARIES], [0, 0]])
    rows = rows.reshape(-1, _SUMMARIES, rows.shape[1])
    return np.ascontiguousarray(rows.swapaxes(1, 2))

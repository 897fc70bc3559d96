"""How the catalogue of a partitioned index lies in memory.

The product of one query with many vectors takes half the time where the numbers
of 32 or 64 vectors lie beside each other, so vectors stand in columns: those of
the catalogue in blocks, by partition, and the summaries of the partitions. All
are two numbers longer than they were, for the norm of a query and for a 1.
"""

from typing import NamedTuple

import numpy as np

from export.index.top_k import NO_SCORE

BLOCK = 32
"""Items of a block; what is read of a catalogue is read in whole blocks."""

_SUMMARIES = 64
"""Of them stand beside each other."""

_REACH = 2.0
"""How many deviations above the mean the best row of a partition is expected.

With 0, partitions are probed in the order of their means, and up to twice as
many rows have to be scored for the same recall.
"""


class Layout(NamedTuple):
    """A catalogue in memory.

    What is called partitions here are, behind the true ones, some that hold
    nothing: a multiple of 64 in all.

    Attributes:
        blocks: Vectors of the items, a 0 and a 0, float32 [blocks, D + 2, 32].
            At places that are left, all of block 0 among them, zeros and, for
            the 1, `NO_SCORE`.
        items: Which these are, int64 [blocks, 32]; 0 at places that are left.
        numbers: Of the blocks of each partition, int32 [partitions].
        ends: The block after them, int32 [partitions].
        summaries: Of each partition the mean, for the norm how far its best row
            is expected above that, and for the 1 a 0 or, where it holds
            nothing, `NO_SCORE`, float32 [partitions / 64, D + 2, 64].
    """

    blocks: np.ndarray
    items: np.ndarray
    numbers: np.ndarray
    ends: np.ndarray
    summaries: np.ndarray


def build_layout(vectors: np.ndarray, partition_of: np.ndarray) -> Layout:
    """Puts together what will be read together.

    Args:
        vectors: Of the catalogue, float32 [items, D].
        partition_of: Of each item, int [items]; none is empty.
    """
    items, width = vectors.shape
    sizes = np.bincount(partition_of)
    starts = np.cumsum(sizes) - sizes
    order = np.argsort(partition_of, kind="stable")
    numbers = -(-sizes // BLOCK)
    ends = 1 + np.cumsum(numbers)
    block, place = np.divmod(np.arange(items) - np.repeat(starts, sizes), BLOCK)
    block += np.repeat(ends - numbers, sizes)
    blocks = np.zeros((ends[-1], width + 2, BLOCK), np.float32)
    blocks[:, -1] = NO_SCORE
    blocks[block, :, place] = np.pad(vectors[order], [[0, 0], [0, 2]])
    item_of = np.zeros((ends[-1], BLOCK), np.int64)
    item_of[block, place] = order
    room = [0, -len(sizes) % _SUMMARIES]
    return Layout(
        blocks,
        item_of,
        np.pad(numbers, room).astype(np.int32),
        np.pad(ends, room).astype(np.int32),
        barred(_summaries(vectors[order], sizes), np.pad(sizes, room)),
    )


def barred(summaries: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Returns the summaries of a `Layout` for what partitions hold now.

    Args:
        summaries: As they were.
        held: How much that can be listed, [partitions].
    """
    summaries = summaries.copy()
    summaries[:, -1] = np.where(held > 0, 0, NO_SCORE).reshape(-1, _SUMMARIES)
    return summaries


def count_held(
    kinds: np.ndarray,
    partition_of: np.ndarray,
    there: np.ndarray | None = None,
) -> np.ndarray:
    """Counts what partitions hold.

    Args:
        kinds: Of each item, int [items].
        partition_of: Likewise.
        there: The items that count, bool [items]; all if None.

    Returns:
        float32 [1 + kinds, partitions], those of a `Layout`: of all kinds
        together, then of each.
    """
    number = 1 + partition_of.max()
    number += -number % _SUMMARIES
    held = np.zeros((2 + kinds.max(), number), np.float32)
    np.add.at(held, (1 + kinds, partition_of), 1 if there is None else there)
    held[0] = held.sum(axis=0)
    return held


def _summaries(vectors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Returns those of a `Layout`, but for what they hold.

    Args:
        vectors: By partition.
        sizes: How many each holds.
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

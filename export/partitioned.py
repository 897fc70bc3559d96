"""An approximate index of large catalogues, in stock ops.

The catalogue is cut into partitions of vectors that lie together. A query is
held against a summary of each, and only the rows of the most promising ones
are scored. ScaNN does the same with ops that stock TF Serving does not have.
"""

import numpy as np
import tensorflow as tf

from export.inner_products import inner_products
from export.top_k import NO_SCORE
from export.top_k import Offer

_REACH = 2.0
"""How many deviations above the mean the best row of a partition is expected.

With 0, partitions are probed in the order of their means, and up to twice as
many rows have to be scored for the same recall.
"""

_MORE = 8
"""So many partitions more than hold the rows on average nearly always do."""

_BLOCK = 32
"""Rows are read so many at a time, which takes less time than one by one."""

_AT_ONCE = 4_000_000
"""Numbers that are copied and multiplied at a time, 16 MB.

Most calls read less; what takes more than the cache holds takes much longer.
"""


class PartitionedIndex(tf.Module):
    """The items with the largest products, among the partitions it reads.

    A query reads the most promising partitions until these hold so many rows
    of what is on offer, and at least as many as are asked for.

    Args:
        vectors: Of the catalogue, float32 [items, D].
        partition_of: Of each item, int [items]; none is empty.
        kinds: What each item is, as an `Offer` knows it, int [items]; None
            where none will ask for kinds.

    Attributes:
        partition_of: As it was given.
        sizes: Items in each partition, int64 [partitions].
        rows: How many a query reads; set it before calls are traced.
    """

    def __init__(
        self,
        vectors: np.ndarray,
        partition_of: np.ndarray,
        kinds: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        items, width = vectors.shape
        if kinds is None:
            kinds = np.zeros(items, np.int64)
        self.partition_of = partition_of
        self.sizes = np.bincount(partition_of)
        self.rows = items
        self._at_once = max(1, _AT_ONCE // (_BLOCK * (width + 1)))
        starts = np.cumsum([0, *-(-self.sizes // _BLOCK)])
        # By partition, so that what is read together lies together; rows that
        # fill the last block of each score `NO_SCORE`, through one number more.
        order = np.argsort(partition_of, kind="stable")
        before = np.cumsum(self.sizes) - self.sizes
        slots = np.arange(items) + np.repeat(
            starts[:-1] * _BLOCK - before, self.sizes
        )
        rows = np.zeros((starts[-1] * _BLOCK, width + 1), np.float32)
        rows[:, -1] = NO_SCORE
        rows[slots] = np.pad(vectors[order], [[0, 0], [0, 1]])
        item_of = np.zeros(len(rows), np.int64)
        item_of[slots] = order
        self._blocks = tf.Variable(
            rows.reshape(-1, _BLOCK, width + 1), trainable=False
        )
        self._items = tf.Variable(item_of.reshape(-1, _BLOCK), trainable=False)
        self._starts = tf.Variable(starts, trainable=False)
        # That of each item, for those who count what is held anew.
        self._partition_of = tf.Variable(partition_of, trainable=False)
        self._held = tf.Variable(
            count_held(kinds, partition_of, (len(self.sizes), kinds.max() + 1)),
            trainable=False,
        )
        self._summaries = tf.Variable(
            _summaries(vectors[order], self.sizes), trainable=False
        )

    def promise(self, queries: tf.Tensor) -> tf.Tensor:
        """Says about what the best row of each partition will score.

        Args:
            queries: float32 [batch, D].

        Returns:
            float32 [batch, partitions].
        """
        norms = tf.norm(queries, axis=1, keepdims=True)
        return inner_products(
            tf.concat([queries, norms], axis=1), self._summaries
        )

    def __call__(
        self,
        queries: tf.Tensor,
        k: int | tf.Tensor,
        offer: Offer | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Finds the best rows of each query.

        Args:
            queries: float32 [batch, D].
            k: How many; no more than there are items.
            offer: What may be listed; everything if None.

        Returns:
            Products, float32 [batch, k], best first, and items, int64
            [batch, k]; products are `NO_SCORE` where less is on offer.
        """
        number = tf.maximum(tf.cast(k, tf.int64), self.rows)
        promise = self.promise(queries)
        held = self._held_of(None if offer is None else offer.wanted)
        held = tf.broadcast_to(held, tf.shape(promise))
        query, partition = self._reads(promise, held, number)
        blocks = tf.ragged.range(
            tf.gather(self._starts, partition),
            tf.gather(self._starts, partition + 1),
        )
        query = tf.gather(query, blocks.value_rowids())
        products = self._products(queries, query, blocks.values)
        items = tf.gather(self._items, blocks.values)
        if offer is not None:
            barred = offer.bars(items, query[:, None] + tf.zeros_like(items))
            products = tf.where(barred, NO_SCORE, products)
        read = tf.math.unsorted_segment_sum(
            tf.ones_like(query), query, tf.shape(queries)[0]
        )
        return _best(read, products, items, k)

    def _products(
        self, queries: tf.Tensor, query: tf.Tensor, block: tf.Tensor
    ) -> tf.Tensor:
        """Returns the product of each query with each row that it reads.

        Args:
            queries: float32 [batch, D].
            query: Which reads, int64 [reads].
            block: What it reads, int64 [reads].

        Returns:
            float32 [reads, _BLOCK].
        """
        queries = tf.pad(queries, [[0, 0], [0, 1]], constant_values=1.0)

        def multiply(reads: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
            query, block = reads
            return tf.linalg.matvec(
                tf.gather(self._blocks, block), tf.gather(queries, query)
            )

        def multiply_in_turns() -> tf.Tensor:
            turns = [
                tf.reshape(
                    tf.pad(one, [[0, -number % self._at_once]]),
                    [-1, self._at_once],
                )
                for one in (query, block)
            ]
            shape = tf.TensorSpec([self._at_once, _BLOCK], tf.float32)
            products = tf.map_fn(multiply, turns, fn_output_signature=shape)
            return tf.reshape(products, [-1, _BLOCK])[:number]

        number = tf.shape(block)[0]
        return tf.cond(
            number <= self._at_once,
            lambda: multiply((query, block)),
            multiply_in_turns,
        )

    def _held_of(self, wanted: tf.Tensor | None) -> tf.Tensor:
        """Returns how much each partition holds of what is on offer.

        Args:
            wanted: As in an `Offer`.

        Returns:
            int64 [batch, partitions]; [1, partitions] where all is wanted.
        """
        if wanted is None:
            return tf.reduce_sum(self._held, axis=1)[None]
        held = tf.matmul(
            tf.cast(wanted, tf.float32),
            tf.cast(self._held, tf.float32),
            transpose_b=True,
        )
        return tf.cast(held, tf.int64)

    def _reads(
        self, promise: tf.Tensor, held: tf.Tensor, number: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns which partitions are read, and for which query.

        Args:
            promise: float32 [batch, partitions].
            held: How much each holds, int64 [batch, partitions].
            number: Rows that are to be read, of what is held.

        Returns:
            Query, ascending, int64 [reads], and partition, int32 [reads].
        """
        ranked = self._ranked(promise, held, number)
        held = tf.gather(held, ranked, batch_dims=1)
        before = tf.cumsum(held, axis=1, exclusive=True)
        read = tf.where((held > 0) & (before < number))
        return read[:, 0], tf.gather_nd(ranked, read)

    def _ranked(
        self, promise: tf.Tensor, held: tf.Tensor, number: tf.Tensor
    ) -> tf.Tensor:
        """Returns partitions by promise, those that hold nothing last.

        Args:
            promise: As `_reads` takes it.
            held: Likewise.
            number: Likewise.

        Returns:
            int32 [batch, n]: the first, or all where these hold too little.
        """
        promise = tf.where(held > 0, promise, NO_SCORE)
        partitions = len(self.sizes)
        likely = min(round(self.rows / self.sizes.mean()) + _MORE, partitions)
        first = tf.math.top_k(promise, likely).indices
        enough = tf.reduce_sum(tf.gather(held, first, batch_dims=1), axis=1)
        return tf.cond(
            tf.reduce_all(enough >= number),
            lambda: first,
            lambda: tf.math.top_k(promise, partitions).indices,
        )


def count_held(
    kinds: np.ndarray,
    partition_of: np.ndarray,
    shape: tuple[int, int],
    there: np.ndarray | None = None,
) -> np.ndarray:
    """Counts what partitions hold.

    Args:
        kinds: Of each item, int [items].
        partition_of: Likewise.
        shape: How many partitions and kinds there are.
        there: The items that count, bool [items]; all if None.

    Returns:
        int64 [partitions, kinds].
    """
    held = np.zeros(shape, np.int64)
    np.add.at(held, (partition_of, kinds), 1 if there is None else there)
    return held


def _best(
    read: tf.Tensor, products: tf.Tensor, items: tf.Tensor, k: int | tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the best products of each query and their items, [batch, k].

    Args:
        read: How many blocks each query read, int64 [batch].
        products: Of all queries, one after the other, float32 [reads, n].
        items: Likewise, int64 [reads, n].
        k: How many; where fewer were read, products are `NO_SCORE`.
    """
    batch = tf.shape(read, tf.int64)[0]
    least = tf.cast((k + _BLOCK - 1) // _BLOCK, tf.int64)
    most = tf.maximum(tf.reduce_max(read), least)
    shape, flat = [batch, most, _BLOCK], [batch, most * _BLOCK]
    by_query = tf.RaggedTensor.from_row_lengths(products, read, validate=False)
    table = tf.reshape(by_query.to_tensor(NO_SCORE, shape=shape), flat)
    best = tf.math.top_k(table, k)
    items = by_query.with_values(items).to_tensor(shape=shape)
    items = tf.gather(tf.reshape(items, flat), best.indices, batch_dims=1)
    return best.values, items


def _summaries(vectors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Returns mean and reach of each partition, float32 [partitions, D + 1].

    Args:
        vectors: By partition.
        sizes: How many each holds.
    """
    starts = np.cumsum(sizes) - sizes
    means = np.add.reduceat(vectors, starts) / sizes[:, None]
    squares = ((vectors - np.repeat(means, sizes, axis=0)) ** 2).mean(axis=1)
    deviations = np.sqrt(np.add.reduceat(squares, starts) / sizes)
    summaries = np.column_stack([means, _REACH * deviations])
    return summaries.astype(np.float32)

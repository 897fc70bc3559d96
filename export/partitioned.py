"""An approximate index of large catalogues, in stock ops.

The catalogue is cut into partitions of vectors that lie together. A query is
held against a summary of each, and only the rows of the most promising ones
are scored. ScaNN does the same with ops that stock TF Serving does not have.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from export.inner_products import inner_products
from export.largest import largest
from export.rows import rows_of
from export.top_k import NO_SCORE
from export.top_k import Offer

_REACH = 2.0
"""How many deviations above the mean the best row of a partition is expected.

With 0, partitions are probed in the order of their means, and up to twice as
many rows have to be scored for the same recall.
"""

_MARGIN = 2.0
_MORE = 8
"""`_MARGIN` times as many partitions as hold the rows on average, and `_MORE`,
nearly always hold them."""

_SHARE = 0.1
"""Who would have to look through more of the partitions looks through the whole
catalogue, which then takes less time."""

_BLOCK = 32
"""Rows are read so many at a time, which takes less time than one by one."""

_AT_ONCE = 4_000_000
"""Numbers that are copied and multiplied at a time, 16 MB.

Most calls read less; what takes more than the cache holds takes much longer.
"""


class PartitionedIndex(tf.Module):
    """The items with the largest products, among the partitions it reads.

    A query reads the most promising partitions until these hold so many rows
    of what is on offer, and at least as many as are asked for. Where that would
    be much of the catalogue, it reads all, and its list is exact.

    Args:
        vectors: Of the catalogue, float32 [items, D].
        partition_of: Of each item, int [items]; none is empty.
        kinds: What each item is, as an `Offer` knows it, int [items]; None
            where none will ask for kinds.

    Attributes:
        partition_of: As it was given.
        sizes: Items in each partition, int64 [partitions].
        rows: How many a query reads; set it before calls are traced.
        most: Partitions that a query looks at if it does not look at all.
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
        self.most = max(round(_SHARE * len(self.sizes)), _MORE)
        self._at_once = max(1, _AT_ONCE // (_BLOCK * (width + 1)))
        blocks_of = _numbered(self.sizes)
        # By partition, so that what is read together lies together; rows that
        # fill the last block of each score `NO_SCORE`, through one number more.
        order = np.argsort(partition_of, kind="stable")
        before = np.repeat(np.cumsum(self.sizes) - self.sizes, self.sizes)
        block, row = np.divmod(np.arange(items) - before, _BLOCK)
        block = blocks_of[partition_of[order], block]
        rows = np.zeros((blocks_of.max() + 1, _BLOCK, width + 1), np.float32)
        rows[..., -1] = NO_SCORE
        rows[block, row] = np.pad(vectors[order], [[0, 0], [0, 1]])
        item_of = np.zeros(rows.shape[:2], np.int64)
        item_of[block, row] = order
        self._blocks = tf.Variable(rows, trainable=False)
        self._items = tf.Variable(item_of, trainable=False)
        self._blocks_of = tf.Variable(blocks_of, trainable=False)
        # That of each item, for those who count what is held anew.
        self._partition_of = tf.Variable(partition_of, trainable=False)
        self._counts = tf.Variable(
            count_held(kinds, partition_of), trainable=False
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
        return tf.matmul(tf.concat([queries, norms], axis=1), self._summaries)

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
        k = tf.cast(k, tf.int64)
        blocks, enough = self._reads(queries, k, offer)
        found = self._best(queries, blocks, k, offer)
        return tf.cond(
            tf.reduce_all(enough),
            lambda: found,
            lambda: _apart(self._replaced)(found, ~enough, queries, k, offer),
        )

    def _reads(
        self, queries: tf.Tensor, k: tf.Tensor, offer: Offer | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns what each query reads.

        Args:
            queries: float32 [batch, D].
            k: How many are asked for, int64.
            offer: As `__call__` takes it.

        Returns:
            Blocks, int64 [batch, n], 0 where it is none; there is room for k
            rows. And whether they are enough, bool [batch]; else there is none.
        """
        held = self._held_of(None if offer is None else offer.wanted)
        totals = tf.reduce_sum(held, axis=1)
        number = tf.maximum(k, self.rows)
        likely = self._likely(number, totals, k)
        number = tf.minimum(number, totals)
        promise = self.promise(queries)
        promise += tf.cast(held == 0, tf.float32) * NO_SCORE
        partitions = tf.math.top_k(promise, likely).indices
        held = tf.broadcast_to(held, tf.shape(promise))
        held = tf.gather(held, partitions, batch_dims=1)
        enough = tf.reduce_sum(held, axis=1) >= number
        before = tf.cumsum(held, axis=1, exclusive=True)
        read = (before < number[:, None]) & enough[:, None]
        most = tf.math.count_nonzero(tf.reduce_any(read, axis=0))
        most = tf.maximum(most, _blocks(k))
        blocks = rows_of(self._blocks_of, partitions[:, :most])
        blocks = tf.where(read[:, :most, None], blocks, 0)
        width = tf.reduce_prod(tf.shape(blocks)[1:])
        return tf.reshape(blocks, [-1, width]), enough

    def _likely(
        self, number: tf.Tensor, totals: tf.Tensor, k: tf.Tensor
    ) -> tf.Tensor:
        """Returns how many partitions are looked at, int32.

        Args:
            number: Rows that are to be read, int64.
            totals: What all hold for each query, int64 [batch].
            k: Rows that there must be room for, int64.
        """
        partitions = len(self.sizes)
        share = tf.math.divide_no_nan(
            tf.cast(number, tf.float32), tf.cast(totals, tf.float32)
        )
        likely = _MORE + _MARGIN * partitions * tf.reduce_max(share)
        likely = tf.minimum(likely, self.most)
        likely = tf.maximum(tf.cast(likely, tf.int64), _blocks(k))
        return tf.cast(tf.minimum(likely, partitions), tf.int32)

    def _best(
        self,
        queries: tf.Tensor,
        blocks: tf.Tensor,
        k: tf.Tensor,
        offer: Offer | None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns what `__call__` does, of the blocks that are read."""
        reads = tf.where(blocks > 0)
        query, block = reads[:, 0], tf.gather_nd(blocks, reads)
        products = self._products(queries, query, block)
        if offer is not None:
            items = rows_of(self._items, block)
            barred = offer.bars(items, query[:, None] + tf.zeros_like(items))
            products = tf.where(barred, NO_SCORE, products)
        batch, number = tf.unstack(tf.shape(blocks))
        table = tf.fill([batch, number, _BLOCK], NO_SCORE)
        table = tf.tensor_scatter_nd_update(table, reads, products)
        table = tf.reshape(table, [batch, number * _BLOCK])
        best = tf.math.top_k(table, tf.cast(k, tf.int32))
        block = tf.gather(blocks, best.indices // _BLOCK, batch_dims=1)
        row = tf.cast(best.indices % _BLOCK, tf.int64)
        items = tf.reshape(self._items, [-1])
        return best.values, tf.gather(items, block * _BLOCK + row)

    def _replaced(
        self,
        found: tuple[tf.Tensor, tf.Tensor],
        by_exact: tf.Tensor,
        queries: tf.Tensor,
        k: tf.Tensor,
        offer: Offer | None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns what was found, with the lists of some queries made exact.

        Args:
            found: As `__call__` returns it.
            by_exact: Whether a list is made anew, bool [batch].
            queries: float32 [batch, D].
            k: How many are asked for, int64.
            offer: As `__call__` takes it.
        """
        rows = tf.where(by_exact)
        if offer is not None and offer.wanted is not None:
            offer = offer._replace(wanted=tf.gather_nd(offer.wanted, rows))
        exact = self._exact(tf.gather_nd(queries, rows), k, offer)
        return tuple(
            tf.tensor_scatter_nd_update(before, rows, now)
            for before, now in zip(found, exact, strict=True)
        )

    def _exact(
        self, queries: tf.Tensor, k: tf.Tensor, offer: Offer | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns what `__call__` does, of the whole catalogue."""
        items = tf.reshape(self._items, [-1])
        vectors = tf.reshape(self._blocks, [-1, self._blocks.shape[2]])
        products = inner_products(_with_one(queries), vectors)
        if offer is not None:
            stock, kinds, wanted = offer
            stock, kinds = rows_of(stock, items), rows_of(kinds, items)
            products = Offer(stock, kinds, wanted).bar(products)
        products, places = largest(products, tf.cast(k, tf.int32))
        # What fills a block may have been barred as well: twice is infinite.
        return tf.maximum(products, NO_SCORE), tf.gather(items, places)

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
        queries = _with_one(queries)
        return tf.cond(
            tf.shape(block)[0] <= self._at_once,
            lambda: self._multiply(queries, query, block),
            lambda: _apart(self._multiply_in_turns)(queries, query, block),
        )

    def _multiply(
        self, queries: tf.Tensor, query: tf.Tensor, block: tf.Tensor
    ) -> tf.Tensor:
        return tf.linalg.matvec(
            rows_of(self._blocks, block), tf.gather(queries, query)
        )

    def _multiply_in_turns(
        self, queries: tf.Tensor, query: tf.Tensor, block: tf.Tensor
    ) -> tf.Tensor:
        number = tf.shape(block)[0]
        room = [[0, -number % self._at_once]]
        products = tf.map_fn(
            lambda reads: self._multiply(queries, *reads),
            [
                tf.reshape(tf.pad(one, room), [-1, self._at_once])
                for one in (query, block)
            ],
            fn_output_signature=tf.TensorSpec([self._at_once, _BLOCK]),
        )
        return tf.reshape(products, [-1, _BLOCK])[:number]

    def _held_of(self, wanted: tf.Tensor | None) -> tf.Tensor:
        """Returns how much each partition holds of what is on offer.

        Args:
            wanted: As in an `Offer`.

        Returns:
            int64 [batch, partitions]; [1, partitions] where all is wanted.
        """
        if wanted is None:
            return self._counts[:1]
        held = tf.cast(self._counts[1:], tf.float32)
        return tf.cast(tf.cast(wanted, tf.float32) @ held, tf.int64)


def _apart(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns what makes it one op of the graph.

    What is rarely called takes time otherwise from those who do not call it:
    they pass all its ops, one by one.
    """
    return tf.function(function, experimental_attributes={"_noinline": True})


def _blocks(rows: tf.Tensor) -> tf.Tensor:
    """Returns how many blocks they take at least."""
    return (rows + _BLOCK - 1) // _BLOCK


def _with_one(queries: tf.Tensor) -> tf.Tensor:
    """Returns queries with a 1, to be multiplied by what bars a row."""
    return tf.pad(queries, [[0, 0], [0, 1]], constant_values=1.0)


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
        int64 [1 + kinds, partitions]: of all kinds together, then of each.
    """
    held = np.zeros((2 + kinds.max(), 1 + partition_of.max()), np.int64)
    np.add.at(held, (1 + kinds, partition_of), 1 if there is None else there)
    held[0] = held.sum(axis=0)
    return held


def _numbered(sizes: np.ndarray) -> np.ndarray:
    """Numbers the blocks of each partition.

    Args:
        sizes: Items in each.

    Returns:
        int64 [partitions, n], from 1 on; 0 where it has no more.
    """
    counts = -(-sizes // _BLOCK)
    there = np.arange(counts.max()) < counts[:, None]
    blocks_of = np.zeros(there.shape, np.int64)
    blocks_of[there] = np.arange(1, counts.sum() + 1)
    return blocks_of


def _summaries(vectors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Returns mean and reach of each partition, float32 [D + 1, partitions].

    Args:
        vectors: By partition.
        sizes: How many each holds.
    """
    starts = np.cumsum(sizes) - sizes
    means = np.add.reduceat(vectors, starts) / sizes[:, None]
    squares = ((vectors - np.repeat(means, sizes, axis=0)) ** 2).mean(axis=1)
    deviations = np.sqrt(np.add.reduceat(squares, starts) / sizes)
    return np.vstack([means.T, _REACH * deviations]).astype(np.float32)

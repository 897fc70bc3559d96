"""An approximate index of large catalogues, in stock ops.

The catalogue is cut into partitions of vectors that lie together. A query is
held against a summary of each, and only the rows of the most promising ones
are scored. ScaNN does the same with ops that stock TF Serving does not have.
"""

import numpy as np
import tensorflow as tf

from export.top_k import NO_SCORE
from export.top_k import Offer

_REACH = 2.0
"""How many deviations above the mean the best row of a partition is expected.

With 0, partitions are probed in the order of their means, and up to twice as
many rows have to be scored for the same recall.
"""


class PartitionedIndex(tf.Module):
    """The items with the largest products, among the partitions it probes.

    Partitions that hold nothing of what is on offer are passed over, and more
    than `probes` are read where these hold less of it than is asked for.

    Args:
        vectors: Of the catalogue, float32 [items, D].
        partition_of: Of each item, int [items]; none is empty.
        kinds: What each item is, as an `Offer` knows it, int [items]; None
            where none will ask for kinds.

    Attributes:
        partition_of: As it was given.
        partitions: How many there are.
        probes: How many of them a query reads; set it before calls are traced.
    """

    def __init__(
        self,
        vectors: np.ndarray,
        partition_of: np.ndarray,
        kinds: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        if kinds is None:
            kinds = np.zeros(len(vectors), np.int64)
        order = np.argsort(partition_of, kind="stable")
        sizes = np.bincount(partition_of)
        splits = np.concatenate([[0], np.cumsum(sizes)])
        self.partition_of = partition_of
        self.partitions = self.probes = len(sizes)
        # By partition, so that what is read together lies together.
        self._vectors = tf.Variable(vectors[order], trainable=False)
        self._items = tf.Variable(order, trainable=False)
        self._splits = tf.Variable(splits, trainable=False)
        self._held = tf.Variable(
            count_held(kinds[order], splits, kinds.max() + 1), trainable=False
        )
        self._summaries = tf.Variable(
            _summaries(vectors[order], splits), trainable=False
        )

    def promise(self, queries: tf.Tensor) -> tf.Tensor:
        """Says about what the best row of each partition will score.

        Args:
            queries: float32 [batch, D].

        Returns:
            float32 [batch, partitions].
        """
        norms = tf.norm(queries, axis=1, keepdims=True)
        return tf.matmul(
            tf.concat([queries, norms], axis=1),
            self._summaries,
            transpose_b=True,
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
        k = tf.cast(k, tf.int64)
        wanted = None if offer is None else offer.wanted
        promise = self.promise(queries)
        held = tf.broadcast_to(self._held_of(wanted), tf.shape(promise))
        ranked = self._ranked(promise, held, k)

        def best(of: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, tf.Tensor]:
            query, ranked, held, *wanted = of
            rows = self._rows(ranked, held, k)
            items = tf.gather(self._items, rows)
            products = tf.linalg.matvec(tf.gather(self._vectors, rows), query)
            if offer is not None:
                barred = Offer(offer.stock, offer.kinds, *wanted).bars(items)
                products = tf.where(barred, NO_SCORE, products)
            number = tf.minimum(tf.size(rows), tf.cast(k, tf.int32))
            products, places = tf.math.top_k(products, number)
            return products, tf.gather(items, places)

        rows = (queries, ranked, held)
        # Query by query: two of them seldom read the same rows.
        products, items = tf.map_fn(
            best,
            rows if wanted is None else (*rows, wanted),
            # Of no queries, dense ones would not know their length.
            fn_output_signature=(_row_of(tf.float32), _row_of(tf.int64)),
        )
        shape = tf.stack([-1, k])
        return (
            products.to_tensor(NO_SCORE, shape=shape),
            items.to_tensor(shape=shape),
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

    def _ranked(
        self, promise: tf.Tensor, held: tf.Tensor, k: tf.Tensor
    ) -> tf.Tensor:
        """Returns partitions by promise, those that hold nothing last.

        Args:
            promise: float32 [batch, partitions].
            held: int64 [batch, partitions].
            k: How many rows are asked for.

        Returns:
            int32 [batch, n]: the first `probes`, or all where these hold less
            than k.
        """
        promise = tf.where(held > 0, promise, NO_SCORE)
        first = tf.math.top_k(promise, self.probes).indices
        rows = tf.reduce_sum(tf.gather(held, first, batch_dims=1), axis=1)
        return tf.cond(
            tf.reduce_all(rows >= k),
            lambda: first,
            lambda: tf.math.top_k(promise, self.partitions).indices,
        )

    def _rows(
        self, ranked: tf.Tensor, held: tf.Tensor, k: tf.Tensor
    ) -> tf.Tensor:
        """Returns the rows that a query reads, [rows].

        Args:
            ranked: Partitions by promise, int32 [n].
            held: How much each partition holds, int64 [partitions].
            k: How many are asked for.
        """
        held = tf.gather(held, ranked)
        before = tf.cumsum(held, exclusive=True)
        needed = tf.math.count_nonzero((before < k) & (held > 0))
        holding = tf.math.count_nonzero(held)
        read = tf.maximum(needed, tf.minimum(holding, self.probes))
        ranked = ranked[:read]
        starts = tf.gather(self._splits, ranked)
        ends = tf.gather(self._splits, ranked + 1)
        return tf.ragged.range(starts, ends).values


def count_held(
    kinds: np.ndarray,
    splits: np.ndarray,
    number: int,
    there: np.ndarray | None = None,
) -> np.ndarray:
    """Counts what partitions hold.

    Args:
        kinds: Of each row, by partition, int [items].
        splits: Where each partition begins, and the end of the last.
        number: Of kinds that there are.
        there: The rows that count, bool [items]; all if None.

    Returns:
        int64 [partitions, number].
    """
    partitions = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    held = np.zeros((len(splits) - 1, number), np.int64)
    np.add.at(held, (partitions, kinds), 1 if there is None else there)
    return held


def _row_of(dtype: tf.DType) -> tf.RaggedTensorSpec:
    return tf.RaggedTensorSpec([None], dtype, ragged_rank=0)


def _summaries(vectors: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """Returns mean and reach of each partition, float32 [partitions, D + 1].

    Args:
        vectors: By partition.
        splits: Where each begins, and the end of the last.
    """
    sizes = np.diff(splits)
    means = np.add.reduceat(vectors, splits[:-1]) / sizes[:, None]
    squares = ((vectors - np.repeat(means, sizes, axis=0)) ** 2).mean(axis=1)
    deviations = np.sqrt(np.add.reduceat(squares, splits[:-1]) / sizes)
    summaries = np.column_stack([means, _REACH * deviations])
    return summaries.astype(np.float32)

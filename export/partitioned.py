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

_ALIGNED = 16
"""Numbers of 32 bits that TensorFlow's alignment of 64 bytes takes."""


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
        # By partition, so that what is read together lies together; and each
        # row begins where a slice can begin without being copied.
        self._room = -vectors.shape[1] % _ALIGNED
        self._vectors = tf.Variable(
            np.pad(vectors[order], [[0, 0], [0, self._room]]), trainable=False
        )
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
        promise = self.promise(queries)
        held = self._held_of(None if offer is None else offer.wanted)
        held = tf.broadcast_to(held, tf.shape(promise))
        query, starts, ends = self._reads(
            self._ranked(promise, held, k), held, k
        )
        products = self._products(tf.gather(queries, query), starts, ends)
        rows = tf.ragged.range(starts, ends)
        if offer is not None:
            items = tf.gather(self._items, rows.values)
            query_of_row = tf.gather(query, rows.value_rowids())
            barred = offer.bars(items, query_of_row)
            products = tf.where(barred, NO_SCORE, products)
        number = tf.math.unsorted_segment_sum(
            ends - starts, query, tf.shape(queries)[0]
        )
        products, rows = _largest(number, products, rows.values, k)
        return products, tf.gather(self._items, rows)

    def _products(
        self, queries: tf.Tensor, starts: tf.Tensor, ends: tf.Tensor
    ) -> tf.Tensor:
        """Returns the product of each query with each row that it reads.

        Args:
            queries: float32 [reads, D].
            starts: Of the rows, int64 [reads].
            ends: Theirs.

        Returns:
            float32 [all rows].
        """
        vectors = tf.convert_to_tensor(self._vectors)
        found = tf.map_fn(
            lambda of: tf.linalg.matvec(vectors[of[1] : of[2]], of[0]),
            (tf.pad(queries, [[0, 0], [0, self._room]]), starts, ends),
            fn_output_signature=tf.RaggedTensorSpec(
                [None], tf.float32, ragged_rank=0
            ),
        )
        return found.values

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
            held: How much each holds, int64 [batch, partitions].
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

    def _reads(
        self, ranked: tf.Tensor, held: tf.Tensor, k: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns which rows are read, and for which query.

        Args:
            ranked: Partitions by promise, int32 [batch, n].
            held: How much each holds, int64 [batch, partitions].
            k: How many rows are asked for.

        Returns:
            Of each partition that is read, the query, ascending, the first row
            and the end of the rows, int64 [reads] each.
        """
        held = tf.gather(held, ranked, batch_dims=1)
        before = tf.cumsum(held, axis=1, exclusive=True)
        place = tf.range(tf.shape(ranked)[1])
        read = tf.where((held > 0) & ((place < self.probes) | (before < k)))
        partition = tf.gather_nd(ranked, read)
        return (
            read[:, 0],
            tf.gather(self._splits, partition),
            tf.gather(self._splits, partition + 1),
        )


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


def _largest(
    number: tf.Tensor, products: tf.Tensor, rows: tf.Tensor, k: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the best products of each query and their rows.

    Args:
        number: Of the rows that each query read, int64 [batch].
        products: Of all queries, one after the other, float32 [all rows].
        rows: Likewise, int64 [all rows].
        k: How many; where fewer were read, products are `NO_SCORE`.
    """
    shape = tf.stack([-1, tf.maximum(tf.reduce_max(number), k)])
    by_query = tf.RaggedTensor.from_row_lengths(
        products, number, validate=False
    )
    best = tf.math.top_k(
        by_query.to_tensor(NO_SCORE, shape=shape), tf.cast(k, tf.int32)
    )
    rows = by_query.with_values(rows).to_tensor(shape=shape)
    return best.values, tf.gather(rows, best.indices, batch_dims=1)


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

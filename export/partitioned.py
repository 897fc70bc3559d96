"""An approximate index of large catalogues, in stock ops.

The catalogue is cut into partitions of vectors that lie together. A query is
held against a summary of each, and only the rows of the most promising ones
are scored. ScaNN does the same with ops that stock TF Serving does not have.
"""

import numpy as np
import tensorflow as tf

_REACH = 2.0
"""How many deviations above the mean the best row of a partition is expected.

With 0, partitions are probed in the order of their means, and up to twice as
many rows have to be scored for the same recall.
"""


class PartitionedIndex(tf.Module):
    """The items with the largest products, among the partitions it probes.

    It is called as TensorFlow Recommenders' BruteForce is. More than `probes`
    partitions are read where these hold fewer than the k rows that are asked.

    Args:
        vectors: Of the catalogue, float32 [items, D].
        partition_of: Of each item, int [items]; none is empty.

    Attributes:
        partition_of: As it was given.
        partitions: How many there are.
        probes: How many of them a query reads; set it before calls are traced.
    """

    def __init__(self, vectors: np.ndarray, partition_of: np.ndarray) -> None:
        super().__init__()
        order = np.argsort(partition_of, kind="stable")
        sizes = np.bincount(partition_of)
        splits = np.concatenate([[0], np.cumsum(sizes)])
        self.partition_of = partition_of
        self.partitions = self.probes = len(sizes)
        # By partition, so that what is read together lies together.
        self._vectors = tf.Variable(vectors[order], trainable=False)
        self._items = tf.Variable(order, trainable=False)
        self._splits = tf.Variable(splits, trainable=False)
        self._smallest = tf.Variable(np.cumsum(np.sort(sizes)), trainable=False)
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
        self, queries: tf.Tensor, k: int | tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Finds the best rows of each query.

        Args:
            queries: float32 [batch, D].
            k: How many; no more than there are items.

        Returns:
            Products, float32 [batch, k], best first, and items, int64
            [batch, k].
        """
        k = tf.cast(k, tf.int64)
        # So many hold k rows, whichever they are.
        enough = tf.searchsorted(self._smallest, k[None])[0] + 1
        partitions = tf.math.top_k(
            self.promise(queries), tf.maximum(self.probes, enough)
        ).indices

        def best(
            of: tuple[tf.Tensor, tf.Tensor],
        ) -> tuple[tf.Tensor, tf.Tensor]:
            query, ranked = of
            rows = self._rows(ranked, k)
            products = tf.linalg.matvec(tf.gather(self._vectors, rows), query)
            products, places = tf.math.top_k(products, tf.cast(k, tf.int32))
            return products, tf.gather(self._items, tf.gather(rows, places))

        # Query by query: two of them seldom read the same rows.
        products, items = tf.map_fn(
            best,
            (queries, partitions),
            # Of no queries, dense ones would not know their length.
            fn_output_signature=(_row_of(tf.float32), _row_of(tf.int64)),
        )
        shape = tf.stack([-1, k])
        return products.to_tensor(shape=shape), items.to_tensor(shape=shape)

    def _rows(self, ranked: tf.Tensor, k: tf.Tensor) -> tf.Tensor:
        """Returns the rows of the first partitions, at least k, [rows]."""
        starts = tf.gather(self._splits, ranked)
        ends = tf.gather(self._splits, ranked + 1)
        before = tf.cumsum(ends - starts, exclusive=True)
        needed = tf.math.count_nonzero(before < k)
        read = tf.maximum(needed, self.probes)
        return tf.ragged.range(starts[:read], ends[:read]).values


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

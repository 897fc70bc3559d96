"""IVF index for approximate top-k retrieval, in stock TensorFlow ops.

The catalog is divided into partitions by k-means. A query is compared with a
summary of each partition (inverted file, IVF), and only the rows of the best
partitions are scored. ScaNN does the same with ops that stock TF Serving lacks.

Each op costs one or two microseconds whatever its input, a large part of the
latency of a single query. The graph therefore has as few ops as possible.
"""

import math
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from export.index.ivf_layout import BLOCK
from export.index.ivf_layout import build_layout
from export.index.ivf_layout import count_held
from export.index.ops.gather_rows import gather_rows
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility
from export.index.top_k import exact_index

_MARGIN = 3.0
_MORE = 8
"""`_MARGIN` times the partitions that hold the requested rows on average, and
at least `_MORE`, nearly always hold enough rows if all items are eligible."""

_SHARE = 0.1
"""Queries that would probe more than this fraction of the partitions fall back
to exact search, which is then faster."""

_AT_ONCE = 1_000_000
"""Floats that are gathered and multiplied at a time, 4 MB.

A single query nearly always reads less; if not, it still reads all at once.
Batches that exceed the CPU cache take much longer.
"""

_NONE = -(2**30)
"""Block offset that stays negative whatever slot is added to it."""


class _ProbePlan(NamedTuple):
    """Blocks that each query of a batch reads, partition by partition.

    Attributes:
        upto: Cumulative number of blocks read of the n probed partitions, int32
            [batch, n].
        offset: Difference between the index of a block in the layout and its
            slot in the plan, per partition, and a final `_NONE`, int32 [batch,
            n + 1].
        enough: Whether the probed partitions hold enough eligible rows, bool
            [batch, 1].
    """

    upto: tf.Tensor
    offset: tf.Tensor
    enough: tf.Tensor

    def of(self, rows: tf.Tensor) -> "_ProbePlan":
        """Returns the plan of some queries.

        Args:
            rows: Batch indices of the queries, int [m].
        """
        return _ProbePlan(*(tf.gather(one, rows) for one in self))

    def blocks(self, number: tf.Tensor) -> tf.Tensor:
        """Returns the first blocks that each query reads.

        Args:
            number: Number of slots per query, int32 scalar.

        Returns:
            Block indices, 0 (the empty block) in unused slots, int32 [batch,
            number].
        """
        slots = tf.range(number)
        # `tf.searchsorted` would be ten ops.
        place = tf.raw_ops.UpperBound(
            sorted_inputs=self.upto, values=tf.minimum(slots, self.upto[:, -1:])
        )
        blocks = tf.gather(self.offset, place, batch_dims=1) + slots
        return tf.maximum(blocks, 0)


class IVFIndex(tf.Module):
    """Approximate top-k index that reads only the best partitions of a query.

    A query reads partitions, best first, until they hold `rows` eligible items
    and at least k. Queries that would probe more than 10 % of the partitions
    fall back to exact search.

    Args:
        embeddings: Item embeddings, a variable, float32 [items, D].
        partition_of: Partition of each item, int [items]; none may be empty.
        category_ids: Category id of each item, as in `Eligibility`, int32
            [items]; None if no query requests categories.

    Attributes:
        partition_of: Partition of each item, int [items].
        sizes: Items per partition, int64 [partitions].
        rows: Minimum number of eligible items that a query reads; initially
            all. Set it before calls are traced.
        most: Maximum number of partitions that a query probes before it falls
            back to exact search, beyond those that make room for k items.

    Example:
        vectors = embeddings.numpy()
        index = IVFIndex(
            embeddings, partition(vectors, np.random.default_rng(0))
        )
        index.rows = 2000
        products, items = index(queries, k=10)
    """

    def __init__(
        self,
        embeddings: tf.Variable,
        partition_of: np.ndarray,
        category_ids: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        items, width = embeddings.shape
        if category_ids is None:
            category_ids = np.zeros(items, np.int64)
        self.partition_of = partition_of
        self.sizes = np.bincount(partition_of)
        self.rows = items
        self.most = max(round(_SHARE * len(self.sizes)), _MORE)
        self._at_once = max(1, _AT_ONCE // (BLOCK * (width + 2)))
        # Tracked here, because the exact index is a plain function.
        self._embeddings = embeddings
        self._exact = exact_index(embeddings)
        layout = build_layout(embeddings.numpy(), partition_of)
        self._blocks = tf.Variable(layout.blocks, trainable=False)
        self._items = tf.Variable(layout.items, trainable=False)
        self._numbers = tf.Variable(layout.numbers, trainable=False)
        self._ends = tf.Variable(layout.ends, trainable=False)
        self._summaries = tf.Variable(layout.summaries, trainable=False)
        # Saved for `write_availability`, which counts the items again.
        self._partition_of = tf.Variable(partition_of, trainable=False)
        counts = count_held(category_ids, partition_of)
        self._held = tf.Variable(counts[0], trainable=False)
        self._held_by_kind = tf.Variable(counts[1:], trainable=False)

    def centroid_scores(self, queries: tf.Tensor) -> tf.Tensor:
        """Estimates the score of the best row of each partition.

        Args:
            queries: Queries, float32 [batch, D].

        Returns:
            Estimated scores, float32 [batch, partitions].
        """
        return self._centroid_scores(_asked(queries))[:, : len(self.sizes)]

    def __call__(
        self,
        queries: tf.Tensor,
        k: int | tf.Tensor,
        offer: Eligibility | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Retrieves the top-k items of each query.

        Args:
            queries: Queries, float32 [batch, D].
            k: Number of items, at most the size of the catalog.
            offer: Eligible items; all items if None.

        Returns:
            Inner products, float32 [batch, k], best first, and item indices,
            int64 [batch, k]; products are `NO_SCORE` if fewer are eligible.
        """
        k = tf.cast(k, tf.int32)
        asked = _asked(queries)
        likely = _MARGIN * len(self.sizes) * self.rows / len(self.partition_of)
        few = min(max(_MORE, math.ceil(likely)), self.most)
        number = tf.cast(tf.maximum(k, self.rows), tf.float32)
        reads = self._reads(asked, self._held_of(offer), number, k, few)
        most = tf.maximum(tf.reduce_max(reads.upto), _blocks(k))
        blocks = reads.blocks(most)
        return tf.cond(
            tf.reduce_all(reads.enough) & (tf.size(blocks) <= self._at_once),
            lambda: self._best(asked, blocks, most, k, offer),
            lambda: _apart(self._in_groups)(queries, reads, number, k, offer),
        )

    def _centroid_scores(self, asked: tf.Tensor) -> tf.Tensor:
        """Returns centroid scores of augmented queries, also of padding.

        Args:
            asked: Augmented queries, see `_asked`, float32 [batch, D + 2].

        Returns:
            Estimated scores, float32 [batch, padded partitions].
        """
        # Faster than `asked[None]`, which is a strided slice.
        asked = tf.reshape(asked, [1, -1, self._blocks.shape[1]])
        centroid_scores = tf.matmul(asked, self._summaries)
        centroid_scores = tf.transpose(centroid_scores, [1, 0, 2])
        return tf.reshape(centroid_scores, [-1, self._held.shape[0]])

    def _held_of(self, offer: Eligibility | None) -> tf.Tensor:
        """Returns the number of eligible items of each partition.

        Returns:
            Counts, float32 [partitions], or [batch, partitions] if categories
            are requested.
        """
        if offer is None or offer.allowed_categories is None:
            return tf.convert_to_tensor(self._held)
        return (
            tf.cast(offer.allowed_categories, tf.float32) @ self._held_by_kind
        )

    def _reads(
        self,
        asked: tf.Tensor,
        held: tf.Tensor,
        number: tf.Tensor,
        k: tf.Tensor,
        partitions: int | tf.Tensor,
    ) -> _ProbePlan:
        """Returns the probe plan of queries.

        Args:
            asked: Augmented queries, see `_asked`, float32 [batch, D + 2].
            held: Eligible items per partition, float32 [partitions] or [batch,
                partitions].
            number: Minimum number of eligible items to read, float32 scalar or
                [batch, 1].
            k: Number of items that the probed partitions must have room for,
                int32 scalar.
            partitions: Number of partitions to probe, beyond those that make
                room for k items, int32 scalar.
        """
        centroid_scores = self._centroid_scores(asked)
        if held.shape.rank == 2:
            centroid_scores += tf.cast(held == 0, tf.float32) * NO_SCORE
        partitions = tf.minimum(partitions + _blocks(k), len(self.sizes))
        best = tf.math.top_k(centroid_scores, partitions).indices
        held = tf.gather(held, best, batch_dims=held.shape.rank - 1)
        enough = tf.reduce_sum(held, axis=1, keepdims=True) >= number
        before = tf.cumsum(held, axis=1, exclusive=True)
        read = tf.cast(before < number, tf.int32)
        upto = tf.cumsum(read * gather_rows(self._numbers, best), axis=1)
        offset = gather_rows(self._ends, best) - upto
        offset = tf.pad(offset, [[0, 0], [0, 1]], constant_values=_NONE)
        return _ProbePlan(upto, offset, enough)

    def _reads_of_more(
        self,
        queries: tf.Tensor,
        number: tf.Tensor,
        k: tf.Tensor,
        offer: Eligibility | None,
    ) -> _ProbePlan:
        """Returns a second plan, which probes up to `most` partitions."""
        held = self._held_of(offer)
        totals = tf.reduce_sum(held, axis=-1, keepdims=True)
        number = tf.minimum(number, totals)
        share = tf.reduce_max(tf.math.divide_no_nan(number, totals))
        likely = _MORE + _MARGIN * len(self.sizes) * share
        partitions = tf.cast(tf.minimum(likely, self.most), tf.int32)
        return self._reads(_asked(queries), held, number, k, partitions)

    def _best(
        self,
        asked: tf.Tensor,
        blocks: tf.Tensor,
        number: tf.Tensor,
        k: tf.Tensor,
        offer: Eligibility | None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the top-k items among the blocks of each query.

        Args:
            asked: Augmented queries, see `_asked`, float32 [batch, D + 2].
            blocks: Block indices, int32 [batch, number].
            number: Number of blocks per query, int32 scalar.
            k: Number of items, int32 scalar.
            offer: Eligible items; all items if None.

        Returns:
            Inner products, float32 [batch, k], best first, and item indices,
            int64 [batch, k].
        """
        asked = tf.reshape(asked, [-1, 1, 1, self._blocks.shape[1]])
        products = tf.matmul(asked, gather_rows(self._blocks, blocks))
        shape = [-1, number * BLOCK]
        products = tf.reshape(products, shape)
        items = tf.reshape(gather_rows(self._items, blocks), shape)
        if offer is not None:
            batch = tf.shape(items, tf.int64)[0]
            query = tf.range(batch)[:, None] + tf.zeros_like(items)
            products = tf.where(
                offer.is_masked(items, query), NO_SCORE, products
            )
        best = tf.math.top_k(products, k)
        return best.values, tf.gather(items, best.indices, batch_dims=1)

    def _in_groups(
        self,
        queries: tf.Tensor,
        reads: _ProbePlan,
        number: tf.Tensor,
        k: tf.Tensor,
        offer: Eligibility | None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the top-k items of a batch that reads many blocks.

        Queries are sorted by the number of blocks that they read and processed
        in groups of limited size, so that queries that read few blocks are not
        padded to the longest. Queries without enough eligible items in their
        partitions fall back to exact search.

        Args:
            queries: Queries, float32 [batch, D].
            reads: Probe plan of the queries.
            number: Minimum number of eligible items to read, float32 scalar.
            k: Number of items, int32 scalar.
            offer: Eligible items; all items if None.

        Returns:
            Inner products, float32 [batch, k], best first, and item indices,
            int64 [batch, k].
        """
        reads = tf.cond(
            tf.reduce_all(reads.enough),
            lambda: reads,
            lambda: self._reads_of_more(queries, number, k, offer),
        )
        enough = reads.enough[:, 0]
        needs = tf.maximum(reads.upto[:, -1], _blocks(k))
        order = tf.argsort(needs, direction="DESCENDING")
        order = tf.boolean_mask(order, tf.gather(enough, order))

        def read(
            at: tf.Tensor, *found: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            number = needs[order[at]]
            rows = order[at : at + tf.maximum(self._at_once // number, 1)]
            blocks = reads.of(rows).blocks(number)
            asked = _asked(tf.gather(queries, rows))
            best = self._best(asked, blocks, number, k, _offer_of(offer, rows))
            return at + tf.size(rows), *_replaced(found, rows, best)

        batch = tf.shape(queries)[0]
        found = tf.fill([batch, k], NO_SCORE), tf.zeros([batch, k], tf.int64)
        found = tf.while_loop(
            lambda at, *_: at < tf.size(order), read, (0, *found)
        )[1:]
        return tf.cond(
            tf.reduce_all(enough),
            lambda: found,
            lambda: self._with_exact(found, ~enough, queries, k, offer),
        )

    def _with_exact(
        self,
        found: tuple[tf.Tensor, tf.Tensor],
        by_exact: tf.Tensor,
        queries: tf.Tensor,
        k: tf.Tensor,
        offer: Eligibility | None,
    ) -> tuple[tf.Tensor, ...]:
        """Replaces some lists by those of exact search.

        Args:
            found: Inner products, float32 [batch, k], and item indices, int64
                [batch, k].
            by_exact: Lists to replace, bool [batch].
            queries: Queries, float32 [batch, D].
            k: Number of items, int32 scalar.
            offer: Eligible items; all items if None.
        """
        rows = tf.where(by_exact)[:, 0]
        products, items = self._exact(
            tf.gather(queries, rows), k, _offer_of(offer, rows)
        )
        return _replaced(found, rows, (products, tf.cast(items, tf.int64)))


def _apart(function: Callable[..., Any]) -> Callable[..., Any]:
    """Outlines a function into a single op of the graph (`_noinline`).

    Otherwise the executor would schedule all ops of a rare branch one by one,
    even for the queries that do not take it.
    """
    return tf.function(
        function,
        autograph=False,
        experimental_attributes={"_noinline": True},
    )


def _asked(queries: tf.Tensor) -> tf.Tensor:
    """Appends the norm of each query and a 1: float32 [batch, D + 2]."""
    norms = tf.math.reduce_euclidean_norm(queries, axis=1, keepdims=True)
    return tf.concat([queries, norms, tf.ones_like(norms)], axis=1)


def _blocks(rows: tf.Tensor) -> tf.Tensor:
    """Returns the minimum number of blocks that hold a number of rows."""
    return (rows + BLOCK - 1) // BLOCK


def _offer_of(offer: Eligibility | None, rows: tf.Tensor) -> Eligibility | None:
    """Returns the eligibility for some rows of the batch."""
    if offer is None or offer.allowed_categories is None:
        return offer
    return offer._replace(
        allowed_categories=tf.gather(offer.allowed_categories, rows)
    )


def _replaced(
    found: tuple[tf.Tensor, ...],
    rows: tf.Tensor,
    best: tuple[tf.Tensor, ...],
) -> tuple[tf.Tensor, ...]:
    """Returns products and items with some rows of the batch replaced."""
    return tuple(
        tf.tensor_scatter_nd_update(before, rows[:, None], now)
        for before, now in zip(found, best, strict=True)
    )

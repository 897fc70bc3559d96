"""IVF index for approximate top-k retrieval, in stock TensorFlow ops.

The catalog is divided into partitions by k-means. A query is compared with a
summary of each partition (inverted file, IVF), and only the rows of the best
partitions are scored. ScaNN does the same with ops that stock TF Serving lacks.

Each op costs one or two microseconds whatever its input, a large part of the
latency of a single query. The graph therefore has as few ops as possible.
"""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from export.index.ivf_layout import BLOCK
from export.index.ivf_layout import build_layout
from export.index.ivf_layout import count_available
from export.index.ops.gather_rows import gather_rows
from export.index.ops.outlined import outlined
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility
from export.index.top_k import exact_index

_MARGIN = 3.0
_MORE = 8
"""`_MARGIN` times the partitions that hold the requested rows on average, and
at least `_MORE`, nearly always hold enough rows if all items are eligible."""

_MAX_FRACTION = 0.1
"""Queries that would probe more than this fraction of the partitions fall back
to exact search, which is then faster."""

_MAX_FLOATS = 1_000_000
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
        return _ProbePlan(*(tf.gather(tensor, rows) for tensor in self))

    def blocks(self, num_slots: tf.Tensor) -> tf.Tensor:
        """Returns the first blocks that each query reads.

        Args:
            num_slots: Number of slots per query, int32 scalar.

        Returns:
            Block indices, 0 (the empty block) in unused slots, int32 [batch,
            num_slots].
        """
        slots = tf.range(num_slots)
        # `tf.searchsorted` would be ten ops.
        index = tf.raw_ops.UpperBound(
            sorted_inputs=self.upto, values=tf.minimum(slots, self.upto[:, -1:])
        )
        blocks = tf.gather(self.offset, index, batch_dims=1) + slots
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
        max_probes: Maximum number of partitions that a query probes before it
            falls back to exact search, beyond those that make room for k items.

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
        self.max_probes = max(round(_MAX_FRACTION * len(self.sizes)), _MORE)
        self._max_blocks = max(1, _MAX_FLOATS // (BLOCK * (width + 2)))
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
        counts = count_available(category_ids, partition_of)
        self._held = tf.Variable(counts[0], trainable=False)
        self._held_by_category = tf.Variable(counts[1:], trainable=False)

    def centroid_scores(self, queries: tf.Tensor) -> tf.Tensor:
        """Estimates the score of the best row of each partition.

        Args:
            queries: Queries, float32 [batch, D].

        Returns:
            Estimated scores, float32 [batch, partitions].
        """
        return self._centroid_scores(_augment(queries))[:, : len(self.sizes)]

    def __call__(
        self,
        queries: tf.Tensor,
        k: int | tf.Tensor,
        eligible: Eligibility | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Retrieves the top-k items of each query.

        Args:
            queries: Queries, float32 [batch, D].
            k: Number of items, at most the size of the catalog.
            eligible: Eligible items; all items if None.

        Returns:
            Inner products, float32 [batch, k], best first, and item indices,
            int64 [batch, k]; products are `NO_SCORE` if fewer are eligible.
        """
        k = tf.cast(k, tf.int32)
        augmented = _augment(queries)
        likely = _MARGIN * len(self.sizes) * self.rows / len(self.partition_of)
        probes = min(max(_MORE, math.ceil(likely)), self.max_probes)
        min_rows = tf.cast(tf.maximum(k, self.rows), tf.float32)
        held = self._held_of(eligible)
        plan = self._plan(augmented, held, min_rows, k, probes)
        num_blocks = tf.maximum(tf.reduce_max(plan.upto), _blocks(k))
        blocks = plan.blocks(num_blocks)
        return tf.cond(
            tf.reduce_all(plan.enough) & (tf.size(blocks) <= self._max_blocks),
            lambda: self._best(augmented, blocks, num_blocks, k, eligible),
            lambda: outlined(self._search)(
                queries, plan, min_rows, k, eligible
            ),
        )

    def _centroid_scores(self, augmented: tf.Tensor) -> tf.Tensor:
        """Returns centroid scores of augmented queries, also of padding.

        Args:
            augmented: Queries of `_augment`, float32 [batch, D + 2].

        Returns:
            Estimated scores, float32 [batch, padded partitions].
        """
        # Faster than `augmented[None]`, which is a strided slice.
        augmented = tf.reshape(augmented, [1, -1, self._blocks.shape[1]])
        centroid_scores = tf.matmul(augmented, self._summaries)
        centroid_scores = tf.transpose(centroid_scores, [1, 0, 2])
        return tf.reshape(centroid_scores, [-1, self._held.shape[0]])

    def _held_of(self, eligible: Eligibility | None) -> tf.Tensor:
        """Returns the number of eligible items of each partition.

        Returns:
            Counts, float32 [partitions], or [batch, partitions] if categories
            or items are requested.
        """
        if eligible is not None and eligible.allowed_items is not None:
            return self._count(eligible)
        if eligible is None or eligible.allowed_categories is None:
            return tf.convert_to_tensor(self._held)
        return (
            tf.cast(eligible.allowed_categories, tf.float32)
            @ self._held_by_category
        )

    def _count(self, eligible: Eligibility) -> tf.Tensor:
        """Counts the requested available items of each partition."""
        listed = eligible.requested() & (eligible.availability == 0)
        counts = tf.math.unsorted_segment_sum(
            tf.cast(tf.transpose(listed), tf.float32),
            tf.convert_to_tensor(self._partition_of),
            self._held.shape[0],
        )
        return tf.transpose(counts)

    def _plan(
        self,
        augmented: tf.Tensor,
        held: tf.Tensor,
        min_rows: tf.Tensor,
        k: tf.Tensor,
        partitions: int | tf.Tensor,
    ) -> _ProbePlan:
        """Returns the probe plan of queries.

        Args:
            augmented: Queries of `_augment`, float32 [batch, D + 2].
            held: Eligible items per partition, float32 [partitions] or [batch,
                partitions].
            min_rows: Minimum number of eligible items to read, float32 scalar
                or [batch, 1].
            k: Number of items that the probed partitions must have room for,
                int32 scalar.
            partitions: Number of partitions to probe, beyond those that make
                room for k items, int32 scalar.
        """
        centroid_scores = self._centroid_scores(augmented)
        if held.shape.rank == 2:
            centroid_scores += tf.cast(held == 0, tf.float32) * NO_SCORE
        partitions = tf.minimum(partitions + _blocks(k), len(self.sizes))
        best = tf.math.top_k(centroid_scores, partitions).indices
        held = tf.gather(held, best, batch_dims=held.shape.rank - 1)
        enough = tf.reduce_sum(held, axis=1, keepdims=True) >= min_rows
        before = tf.cumsum(held, axis=1, exclusive=True)
        read = tf.cast(before < min_rows, tf.int32)
        upto = tf.cumsum(read * gather_rows(self._numbers, best), axis=1)
        offset = gather_rows(self._ends, best) - upto
        offset = tf.pad(offset, [[0, 0], [0, 1]], constant_values=_NONE)
        return _ProbePlan(upto, offset, enough)

    def _wider_plan(
        self,
        queries: tf.Tensor,
        min_rows: tf.Tensor,
        k: tf.Tensor,
        eligible: Eligibility | None,
    ) -> _ProbePlan:
        """Returns a second plan, which probes up to `max_probes` partitions."""
        held = self._held_of(eligible)
        totals = tf.reduce_sum(held, axis=-1, keepdims=True)
        min_rows = tf.minimum(min_rows, totals)
        fraction = tf.reduce_max(tf.math.divide_no_nan(min_rows, totals))
        likely = _MORE + _MARGIN * len(self.sizes) * fraction
        partitions = tf.cast(tf.minimum(likely, self.max_probes), tf.int32)
        return self._plan(_augment(queries), held, min_rows, k, partitions)

    def _best(
        self,
        augmented: tf.Tensor,
        blocks: tf.Tensor,
        num_blocks: tf.Tensor,
        k: tf.Tensor,
        eligible: Eligibility | None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the top-k items among the blocks of each query.

        Args:
            augmented: Queries of `_augment`, float32 [batch, D + 2].
            blocks: Block indices, int32 [batch, num_blocks].
            num_blocks: Number of blocks per query, int32 scalar.
            k: Number of items, int32 scalar.
            eligible: Eligible items; all items if None.

        Returns:
            Inner products, float32 [batch, k], best first, and item indices,
            int64 [batch, k].
        """
        augmented = tf.reshape(augmented, [-1, 1, 1, self._blocks.shape[1]])
        products = tf.matmul(augmented, gather_rows(self._blocks, blocks))
        shape = [-1, num_blocks * BLOCK]
        products = tf.reshape(products, shape)
        items = tf.reshape(gather_rows(self._items, blocks), shape)
        if eligible is not None:
            batch = tf.shape(items, tf.int64)[0]
            query = tf.range(batch)[:, None] + tf.zeros_like(items)
            products = tf.where(
                eligible.is_masked(items, query), NO_SCORE, products
            )
        best = tf.math.top_k(products, k)
        return best.values, tf.gather(items, best.indices, batch_dims=1)

    def _search(
        self,
        queries: tf.Tensor,
        plan: _ProbePlan,
        min_rows: tf.Tensor,
        k: tf.Tensor,
        eligible: Eligibility | None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the top-k items of a batch, whatever it reads.

        Queries without enough eligible items in their partitions probe more of
        them, and then fall back to exact search.

        Args:
            queries: Queries, float32 [batch, D].
            plan: Probe plan of the queries.
            min_rows: Minimum number of eligible items to read, float32 scalar.
            k: Number of items, int32 scalar.
            eligible: Eligible items; all items if None.

        Returns:
            Inner products, float32 [batch, k], best first, and item indices,
            int64 [batch, k].
        """
        plan = tf.cond(
            tf.reduce_all(plan.enough),
            lambda: plan,
            lambda: self._wider_plan(queries, min_rows, k, eligible),
        )
        lists = self._in_groups(queries, plan, k, eligible)
        enough = plan.enough[:, 0]
        return tf.cond(
            tf.reduce_all(enough),
            lambda: lists,
            lambda: self._with_exact(lists, ~enough, queries, k, eligible),
        )

    def _in_groups(
        self,
        queries: tf.Tensor,
        plan: _ProbePlan,
        k: tf.Tensor,
        eligible: Eligibility | None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the top-k items of the queries that read enough.

        Queries are sorted by the number of blocks that they read and processed
        in groups of limited size, so that queries that read few blocks are not
        padded to the longest. Arguments and lists as in `_search`.
        """
        needs = tf.maximum(plan.upto[:, -1], _blocks(k))
        order = tf.argsort(needs, direction="DESCENDING")
        order = tf.boolean_mask(order, tf.gather(plan.enough[:, 0], order))

        def read(start: tf.Tensor, *lists: tf.Tensor) -> tuple[tf.Tensor, ...]:
            num_blocks = needs[order[start]]
            size = tf.maximum(self._max_blocks // num_blocks, 1)
            rows = order[start : start + size]
            blocks = plan.of(rows).blocks(num_blocks)
            augmented = _augment(tf.gather(queries, rows))
            group = eligible and eligible.of(rows)
            best = self._best(augmented, blocks, num_blocks, k, group)
            return start + tf.size(rows), *_replaced(lists, rows, best)

        batch = tf.shape(queries)[0]
        empty = tf.fill([batch, k], NO_SCORE), tf.zeros([batch, k], tf.int64)
        _, products, items = tf.while_loop(
            lambda start, *_: start < tf.size(order), read, (0, *empty)
        )
        return products, items

    def _with_exact(
        self,
        lists: tuple[tf.Tensor, tf.Tensor],
        by_exact: tf.Tensor,
        queries: tf.Tensor,
        k: tf.Tensor,
        eligible: Eligibility | None,
    ) -> tuple[tf.Tensor, ...]:
        """Replaces some lists by those of exact search.

        Args:
            lists: Inner products, float32 [batch, k], and item indices, int64
                [batch, k].
            by_exact: Lists to replace, bool [batch].
            queries: Queries, float32 [batch, D].
            k: Number of items, int32 scalar.
            eligible: Eligible items; all items if None.
        """
        rows = tf.where(by_exact)[:, 0]
        products, items = self._exact(
            tf.gather(queries, rows), k, eligible and eligible.of(rows)
        )
        return _replaced(lists, rows, (products, tf.cast(items, tf.int64)))


def _augment(queries: tf.Tensor) -> tf.Tensor:
    """Appends the norm of each query and a 1: float32 [batch, D + 2]."""
    norms = tf.math.reduce_euclidean_norm(queries, axis=1, keepdims=True)
    return tf.concat([queries, norms, tf.ones_like(norms)], axis=1)


def _blocks(rows: tf.Tensor) -> tf.Tensor:
    """Returns the minimum number of blocks that hold a number of rows."""
    return (rows + BLOCK - 1) // BLOCK


def _replaced(
    lists: tuple[tf.Tensor, ...],
    rows: tf.Tensor,
    best: tuple[tf.Tensor, ...],
) -> tuple[tf.Tensor, ...]:
    """Returns products and items with some rows of the batch replaced."""
    return tuple(
        tf.tensor_scatter_nd_update(before, rows[:, None], now)
        for before, now in zip(lists, best, strict=True)
    )

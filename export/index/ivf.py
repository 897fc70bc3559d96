"""An approximate index of large catalogues, in stock ops.

The catalogue is cut into partitions of vectors that lie together. A query is
held against a summary of each, and only the rows of the most promising ones
are scored. ScaNN does the same with ops that stock TF Serving does not have.

Each op takes a microsecond or two whatever it does, which is much of what a
query takes that comes alone: there are as few as do it.
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
"""`_MARGIN` times as many partitions as hold the rows on average, or `_MORE`,
hold them nearly always where all is on offer."""

_SHARE = 0.1
"""Who would have to look at more of the partitions looks through the whole
catalogue, which then takes less time."""

_AT_ONCE = 1_000_000
"""Numbers that are copied and multiplied at a time, 4 MB.

A query alone nearly always reads less, and else all at once; what takes more
than the cache holds takes much longer.
"""

_NONE = -(2**30)
"""Is none of the blocks, whatever is added."""


class _ProbePlan(NamedTuple):
    """What queries read: of the partitions that they look at, the first few.

    Attributes:
        upto: Blocks that are read of each partition and of those before it,
            int32 [batch, n].
        offset: What makes the number of a block of what is read before it, and
            `_NONE` behind the last, int32 [batch, n + 1].
        enough: Whether they are for what is asked, bool [batch, 1].
    """

    upto: tf.Tensor
    offset: tf.Tensor
    enough: tf.Tensor

    def of(self, rows: tf.Tensor) -> "_ProbePlan":
        """Returns those of some queries."""
        return _ProbePlan(*(tf.gather(one, rows) for one in self))

    def blocks(self, number: tf.Tensor) -> tf.Tensor:
        """Returns the first blocks of each, 0 where it reads no more.

        Args:
            number: How many, int32.

        Returns:
            int32 [batch, number].
        """
        slots = tf.range(number)
        # Not `tf.searchsorted`, which is ten ops.
        place = tf.raw_ops.UpperBound(
            sorted_inputs=self.upto, values=tf.minimum(slots, self.upto[:, -1:])
        )
        blocks = tf.gather(self.offset, place, batch_dims=1) + slots
        return tf.maximum(blocks, 0)


class IVFIndex(tf.Module):
    """The items with the largest products, among the partitions it reads.

    A query reads the most promising partitions until these hold so many rows
    of what is on offer, and at least as many as are asked for. Where that would
    be much of the catalogue, it reads all, and its list is exact.

    Args:
        embeddings: Of the catalogue, float32 [items, D].
        partition_of: Of each item, int [items]; none is empty.
        kinds: Category ids of the items, as in `Eligibility`, int32 [items];
            None where no query asks for categories.

    Attributes:
        partition_of: As it was given.
        sizes: Items in each partition, int64 [partitions].
        rows: How many a query reads; set it before calls are traced.
        most: Partitions that a query looks at if it does not look through the
            whole catalogue, besides those that give room for what is asked.
    """

    def __init__(
        self,
        embeddings: tf.Variable,
        partition_of: np.ndarray,
        kinds: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        items, width = embeddings.shape
        if kinds is None:
            kinds = np.zeros(items, np.int64)
        self.partition_of = partition_of
        self.sizes = np.bincount(partition_of)
        self.rows = items
        self.most = max(round(_SHARE * len(self.sizes)), _MORE)
        self._at_once = max(1, _AT_ONCE // (BLOCK * (width + 2)))
        # Saved with the index, for the exact one is a function and holds none.
        self._embeddings = embeddings
        self._exact = exact_index(embeddings)
        layout = build_layout(embeddings.numpy(), partition_of)
        self._blocks = tf.Variable(layout.blocks, trainable=False)
        self._items = tf.Variable(layout.items, trainable=False)
        self._numbers = tf.Variable(layout.numbers, trainable=False)
        self._ends = tf.Variable(layout.ends, trainable=False)
        self._summaries = tf.Variable(layout.summaries, trainable=False)
        # That of each item, for those who count what is held anew.
        self._partition_of = tf.Variable(partition_of, trainable=False)
        counts = count_held(kinds, partition_of)
        self._held = tf.Variable(counts[0], trainable=False)
        self._held_by_kind = tf.Variable(counts[1:], trainable=False)

    def promise(self, queries: tf.Tensor) -> tf.Tensor:
        """Says about what the best row of each partition will score.

        Args:
            queries: float32 [batch, D].

        Returns:
            float32 [batch, partitions].
        """
        return self._promise(_asked(queries))[:, : len(self.sizes)]

    def __call__(
        self,
        queries: tf.Tensor,
        k: int | tf.Tensor,
        offer: Eligibility | None = None,
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

    def _promise(self, asked: tf.Tensor) -> tf.Tensor:
        """Returns what `promise` does, for all partitions of the layout."""
        # Quicker than `asked[None]`, which is a slice.
        asked = tf.reshape(asked, [1, -1, self._blocks.shape[1]])
        promise = tf.matmul(asked, self._summaries)
        promise = tf.transpose(promise, [1, 0, 2])
        return tf.reshape(promise, [-1, self._held.shape[0]])

    def _held_of(self, offer: Eligibility | None) -> tf.Tensor:
        """Returns how much of what is on offer each partition holds.

        Returns:
            float32 [partitions]; [batch, partitions] where some kinds are
            wanted.
        """
        if offer is None or offer.wanted is None:
            return tf.convert_to_tensor(self._held)
        return tf.cast(offer.wanted, tf.float32) @ self._held_by_kind

    def _reads(
        self,
        asked: tf.Tensor,
        held: tf.Tensor,
        number: tf.Tensor,
        k: tf.Tensor,
        partitions: int | tf.Tensor,
    ) -> _ProbePlan:
        """Returns what each query reads.

        Args:
            asked: As `_asked` returns it.
            held: As `_held_of` returns it.
            number: Rows on offer that it is to read, float32 [] or [batch, 1].
            k: Rows that there must be room for, int32.
            partitions: How many it looks at, besides those that give room,
                int32.
        """
        promise = self._promise(asked)
        if held.shape.rank == 2:
            promise += tf.cast(held == 0, tf.float32) * NO_SCORE
        partitions = tf.minimum(partitions + _blocks(k), len(self.sizes))
        best = tf.math.top_k(promise, partitions).indices
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
        """Returns what each query reads if it looks at more partitions."""
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
        """Returns what `__call__` does, of so many blocks that each reads."""
        asked = tf.reshape(asked, [-1, 1, 1, self._blocks.shape[1]])
        products = tf.matmul(asked, gather_rows(self._blocks, blocks))
        shape = [-1, number * BLOCK]
        products = tf.reshape(products, shape)
        items = tf.reshape(gather_rows(self._items, blocks), shape)
        if offer is not None:
            batch = tf.shape(items, tf.int64)[0]
            query = tf.range(batch)[:, None] + tf.zeros_like(items)
            products = tf.where(offer.bars(items, query), NO_SCORE, products)
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
        """Returns what `__call__` does, of queries that read much.

        Those that read about as much do so together, and no more than what is
        multiplied at a time, so that nobody waits for what others read. Those
        for whom it is not enough are held against the whole catalogue.
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
        """Returns what was found, with some lists made of the whole catalogue.

        Args:
            found: As `__call__` returns it.
            by_exact: Which lists, bool [batch].
            queries: float32 [batch, D].
            k: How many are asked for, int32.
            offer: As `__call__` takes it.
        """
        rows = tf.where(by_exact)[:, 0]
        products, items = self._exact(
            tf.gather(queries, rows), k, _offer_of(offer, rows)
        )
        return _replaced(found, rows, (products, tf.cast(items, tf.int64)))


def _apart(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns what makes it one op of the graph.

    What is rarely called takes time otherwise from those who do not call it:
    they pass all its ops, one by one.
    """
    return tf.function(
        function,
        autograph=False,
        experimental_attributes={"_noinline": True},
    )


def _asked(queries: tf.Tensor) -> tf.Tensor:
    """Returns queries, each with its norm and a 1, float32 [batch, D + 2]."""
    norms = tf.math.reduce_euclidean_norm(queries, axis=1, keepdims=True)
    return tf.concat([queries, norms, tf.ones_like(norms)], axis=1)


def _blocks(rows: tf.Tensor) -> tf.Tensor:
    """Returns how many blocks they take at least."""
    return (rows + BLOCK - 1) // BLOCK


def _offer_of(offer: Eligibility | None, rows: tf.Tensor) -> Eligibility | None:
    """Returns what is on offer for some queries."""
    if offer is None or offer.wanted is None:
        return offer
    return offer._replace(wanted=tf.gather(offer.wanted, rows))


def _replaced(
    found: tuple[tf.Tensor, ...],
    rows: tf.Tensor,
    best: tuple[tf.Tensor, ...],
) -> tuple[tf.Tensor, ...]:
    """Returns products and items with those of some queries made anew."""
    return tuple(
        tf.tensor_scatter_nd_update(before, rows[:, None], now)
        for before, now in zip(found, best, strict=True)
    )

"""Top-K over the catalogue, of what is on offer, with exclusions.

An index finds the largest products of what is on offer. It knows neither how
many items a request will exclude, nor of what is added to products, nor what to
do when fewer than K are left; all are handled here.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from export.index.ops.blocked_top_k import blocked_top_k
from export.index.ops.gather_rows import gather_rows
from export.index.ops.matmul import inner_products

NO_ITEM = ""
"""Fills a list where the catalogue has nothing more; also pads exclusions."""
NO_SCORE = tf.float32.min
"""Score of `NO_ITEM`: sorts last and, unlike -inf, is a number in JSON."""


class ScoreBonus(NamedTuple):
    """What is added to the products of some items.

    Attributes:
        items: Their indices, ascending in each row, padded with the number of
            items, int64 [batch, n].
        amounts: At least 0, float32 [batch, n].
    """

    items: tf.Tensor
    amounts: tf.Tensor


class Eligibility(NamedTuple):
    """What may be listed.

    Attributes:
        stock: 0 for each item that can be bought and `NO_SCORE` for the
            others, float32 [items].
        kinds: What each item is, int32 [items].
        wanted: The kinds that each query asks for, bool [batch, kinds]; None
            for all.
    """

    stock: tf.Tensor
    kinds: tf.Tensor
    wanted: tf.Tensor | None = None

    def bar(self, products: tf.Tensor) -> tf.Tensor:
        """Gives what may not be listed `NO_SCORE`.

        Args:
            products: Of the whole catalogue, float32 [batch, items].
        """
        if self.wanted is None:
            # Becomes a part of the product, and takes no time. What is added
            # to `NO_SCORE` is too little to change it.
            return tf.nn.bias_add(products, self.stock)
        allowed = tf.gather(self.wanted, self.kinds, axis=1)
        return tf.where(allowed & (self.stock == 0), products, NO_SCORE)

    def bars(self, items: tf.Tensor, queries: tf.Tensor) -> tf.Tensor:
        """Says which items may not be listed.

        Args:
            items: Indices, int64, of any shape.
            queries: Places of the queries that they are for, of the same.

        Returns:
            bool, of the same shape.
        """
        barred = gather_rows(self.stock, items) < 0
        if self.wanted is None:
            return barred
        kinds = tf.cast(gather_rows(self.kinds, items), queries.dtype)
        places = tf.stack([queries, kinds], axis=-1)
        return barred | ~tf.gather_nd(self.wanted, places)


Index = Callable[..., tuple[tf.Tensor, tf.Tensor]]
"""`index(queries, k, offer)` returns the k largest products of each query, best
first, and their items; `NO_SCORE` where less is on offer."""


class TopK(tf.Module):
    """The K items with the largest scores, in stock ops.

    Args:
        item_ids: Ids of the catalogue, string [items].
        embeddings: Their embeddings, a variable, float32 [items, K].
        k: Length of a list; of a smaller catalogue, all of it.
        index: Of these embeddings; None for the plain product, which is exact.
    """

    def __init__(
        self,
        item_ids: tf.Tensor,
        embeddings: tf.Variable,
        k: int,
        index: Index | None = None,
    ) -> None:
        super().__init__()
        self._num_items = int(embeddings.shape[0])
        self._k = min(k, self._num_items)
        self._ids = tf.concat([item_ids, [NO_ITEM]], axis=0)
        self._embeddings = embeddings
        self._index = index or exact_index(embeddings)

    def __call__(
        self,
        queries: tf.Tensor,
        excluded: tf.Tensor | None = None,
        added: ScoreBonus | None = None,
        offer: Eligibility | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Finds the best items of each query.

        Args:
            queries: float32 [batch, K].
            excluded: Indices of items to leave out, padded with -1, int64
                [batch, n].
            added: To the products; none if None.
            offer: What may be listed; everything if None.

        Returns:
            Item ids, string [batch, k], and scores, float32 [batch, k], best
            first. Where fewer are left, ids are "" and scores `NO_SCORE`.
        """
        wide = self._k
        if excluded is not None:
            # Of k + n items at most n are excluded.
            wide = tf.minimum(wide + tf.shape(excluded)[1], self._num_items)
        scores, items = self._index(queries, wide, offer)
        items = tf.cast(items, tf.int64)
        if added is not None:
            # Nothing is less than its product: what is neither among these nor
            # among the best by product is not among the best.
            scores = tf.where(_among(items, added.items), NO_SCORE, scores)
            items = tf.concat([items, added.items], axis=1)
            sums = self._sums(queries, added, offer)
            scores = tf.concat([scores, sums], axis=1)
        if excluded is not None:
            out = _among(items, tf.sort(excluded, axis=1))
            scores = tf.where(out, NO_SCORE, scores)
        if added is not None or excluded is not None:
            scores, order = tf.math.top_k(scores, k=self._k)
            items = tf.gather(items, order, batch_dims=1)
        none = tf.constant(self._num_items, tf.int64)
        places = tf.where(scores == NO_SCORE, none, items)
        return tf.gather(self._ids, places), scores

    def _sums(
        self, queries: tf.Tensor, added: ScoreBonus, offer: Eligibility | None
    ) -> tf.Tensor:
        """Returns product and amount of what is added to, [batch, n]."""
        there = added.items < self._num_items
        items = tf.minimum(added.items, self._num_items - 1)
        if offer is not None:
            rows = tf.range(tf.shape(items, tf.int64)[0])
            there &= ~offer.bars(items, rows[:, None] + tf.zeros_like(items))
        vectors = gather_rows(self._embeddings, items)
        products = tf.linalg.matvec(vectors, queries)
        return tf.where(there, products + added.amounts, NO_SCORE)


def exact_index(embeddings: tf.Variable) -> Index:
    """Returns what looks through the whole catalogue.

    Args:
        embeddings: Of all items, float32 [items, K].
    """

    def index(
        queries: tf.Tensor, k: int | tf.Tensor, offer: Eligibility | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        products = inner_products(queries, embeddings)
        return blocked_top_k(offer.bar(products) if offer else products, k)

    return index


def _among(values: tf.Tensor, ascending: tf.Tensor) -> tf.Tensor:
    """Returns which values are among those of the same row.

    Args:
        values: int64 [batch, n].
        ascending: int64 [batch, m].

    Returns:
        bool [batch, n].
    """
    # One more than any, so that there is something at each place.
    row = tf.pad(ascending, [[0, 0], [0, 1]], constant_values=values.dtype.max)
    place = tf.searchsorted(row, values)
    return tf.gather(row, place, batch_dims=1) == values

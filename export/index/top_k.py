"""Exact or indexed top-k retrieval, with filters, bonuses and exclusions.

An index returns the eligible items with the largest inner products. `TopK` adds
exclusions, score bonuses, and padding if fewer than k items are left.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from export.index.boosts import Boosts
from export.index.ops.blocked_top_k import blocked_top_k
from export.index.ops.find_sorted import find_sorted
from export.index.ops.gather_rows import gather_rows
from export.index.ops.inner_products import inner_products
from export.index.ops.outlined import outlined

NO_ITEM = ""
"""Padding of lists with fewer than k items, and of id lists in requests."""
NO_INDEX = -1
"""Index of `NO_ITEM`."""
NO_SCORE = tf.float32.min
"""Score of `NO_ITEM`: sorts last and, unlike -inf, is valid JSON."""


class ScoreBonus(NamedTuple):
    """Bonuses on the inner products of some items.

    Attributes:
        items: Item indices, ascending in each row, padded with the number of
            items in the catalog, int64 [batch, n].
        amounts: Bonuses, at least 0, float32 [batch, n].
    """

    items: tf.Tensor
    amounts: tf.Tensor


class Eligibility(NamedTuple):
    """Mask of the items that may be listed.

    Attributes:
        availability: 0 for available items, `NO_SCORE` for the others, float32
            [items].
        category_ids: Category ids of the items, int32 [items].
        allowed_categories: Requested categories of each query, bool
            [batch, categories]; None for all.
        allowed_items: Requested items of each query, bool [batch, items], that
            replace `allowed_categories`; None for those.
    """

    availability: tf.Tensor
    category_ids: tf.Tensor
    allowed_categories: tf.Tensor | None = None
    allowed_items: tf.Tensor | None = None

    def requested(self) -> tf.Tensor:
        """Returns the requested items, available or not, bool [batch, items].

        Not defined if all items are requested.
        """
        if self.allowed_items is not None:
            return self.allowed_items
        return tf.gather(self.allowed_categories, self.category_ids, axis=1)

    def of(self, rows: tf.Tensor) -> "Eligibility":
        """Returns the eligibility for some rows of the batch.

        Args:
            rows: Batch indices, int [m].
        """
        categories, items = (
            None if allowed is None else tf.gather(allowed, rows)
            for allowed in (self.allowed_categories, self.allowed_items)
        )
        return self._replace(allowed_categories=categories, allowed_items=items)

    def mask(self, products: tf.Tensor) -> tf.Tensor:
        """Sets the scores of ineligible items to `NO_SCORE`.

        Args:
            products: Inner products of the whole catalog, float32 [batch,
                items].

        Returns:
            Masked inner products, float32 [batch, items].
        """
        if self.allowed_categories is None and self.allowed_items is None:
            # Fused into the matmul at no cost. A product is too small to
            # change `NO_SCORE` when added to it.
            return tf.nn.bias_add(products, self.availability)
        eligible = self.requested() & (self.availability == 0)
        return tf.where(eligible, products, NO_SCORE)

    def is_masked(self, items: tf.Tensor, queries: tf.Tensor) -> tf.Tensor:
        """Returns which items are ineligible.

        Args:
            items: Item indices, int64, any shape.
            queries: Batch index of the query of each item, int64, of the shape
                of `items`.

        Returns:
            Whether each item is masked, bool, of the shape of `items`.
        """
        masked = gather_rows(self.availability, items) < 0
        allowed, columns = self.allowed_items, items
        if allowed is None:
            if self.allowed_categories is None:
                return masked
            allowed = self.allowed_categories
            category_ids = gather_rows(self.category_ids, items)
            columns = tf.cast(category_ids, queries.dtype)
        indices = tf.stack([queries, columns], axis=-1)
        return masked | ~tf.gather_nd(allowed, indices)


Index = Callable[..., tuple[tf.Tensor, tf.Tensor]]
"""`index(queries, k, eligible)` returns the k largest inner products of each
query, best first, and their item indices; `NO_SCORE` if fewer are eligible."""


class TopK(tf.Module):
    """Top-k retrieval of item ids, in stock TensorFlow ops.

    Args:
        ids: Function from item indices, int64, to item ids, string, of the same
            shape; `NO_ITEM` for -1.
        embeddings: Item embeddings, a variable, float32 [items, K].
        k: Length of a list, at most the number of items.
        index: Index of the embeddings; None for exact search.
        scales: Factors of the inner products, such as inverse norms, a
            variable, float32 [items]; none if None.
        boosts: Boosts of items, without `scales`; None if there are never any.

    Example:
        embeddings = tf.Variable([[1.0, 0.0], [0.0, 1.0]])
        lookup = IdLookup(["shirt", "shoe"], "items")
        top_k = TopK(lookup.ids, embeddings, k=1)
        item_ids, scores = top_k(tf.constant([[0.2, 0.9]]))
        # item_ids: [["shoe"]], scores: [[.9]]
    """

    def __init__(
        self,
        ids: Callable[[tf.Tensor], tf.Tensor],
        embeddings: tf.Variable,
        k: int,
        index: Index | None = None,
        scales: tf.Variable | None = None,
        boosts: Boosts | None = None,
    ) -> None:
        super().__init__()
        self._num_items = int(embeddings.shape[0])
        self._k = min(k, self._num_items)
        self._ids = ids
        self._embeddings = embeddings
        self._scales = scales
        self._index = index or exact_index(embeddings, scales)
        self._boosts = boosts

    def __call__(
        self,
        queries: tf.Tensor,
        excluded: tf.Tensor | None = None,
        added: ScoreBonus | None = None,
        eligible: Eligibility | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Retrieves the ids of the top-k items of each query.

        Args:
            queries: Queries, float32 [batch, K].
            excluded: Indices of excluded items, padded with -1, int64 [batch,
                n].
            added: Bonuses on the inner products; none if None.
            eligible: Eligible items; all items if None.

        Returns:
            Item ids, string [batch, k], and scores, float32 [batch, k]: pinned
            items first, buried ones last, otherwise best first. If fewer items
            are left, ids are "" and scores `NO_SCORE`.
        """
        items, scores = self.items(queries, excluded, added, eligible)
        return self._ids(items), scores

    def items(
        self,
        queries: tf.Tensor,
        excluded: tf.Tensor | None = None,
        added: ScoreBonus | None = None,
        eligible: Eligibility | None = None,
        k: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Retrieves the indices of the top-k items of each query.

        Args:
            queries: Queries, float32 [batch, K].
            excluded: Excluded items, like the next two as in `__call__`.
            added: Bonuses on the inner products.
            eligible: Eligible items.
            k: Length of a list, int32 scalar; that of the constructor if None.

        Returns:
            Item indices, int64 [batch, k], -1 where fewer items are left, and
            scores, float32 [batch, k], both as in `__call__`.
        """
        k = self._k if k is None else k
        boosts, length = self._boosts, k
        if excluded is not None:
            # At most n of the best k + n items are excluded, or boosted.
            excluded = tf.sort(excluded, axis=1)
            length += tf.shape(excluded)[1]
        if boosts:
            length += tf.size(boosts.items)
        scores, items = self._candidates(queries, length, added, eligible)
        if excluded is not None:
            scores = tf.where(_among(items, excluded), NO_SCORE, scores)

        def best() -> tuple[tf.Tensor, tf.Tensor]:
            if added is None and excluded is None:
                return scores, items
            top = tf.math.top_k(scores, k)
            return top.values, tf.gather(items, top.indices, batch_dims=1)

        if boosts is None:
            scores, items = best()
        else:

            def boosted() -> tuple[tf.Tensor, tf.Tensor]:
                more = self._boosted(boosts, queries, excluded, added, eligible)
                return boosts.best(scores, items, more, k)

            any_boost = tf.size(boosts.items) > 0
            scores, items = tf.cond(any_boost, outlined(boosted), best)
        return tf.where(scores > NO_SCORE, items, NO_INDEX), scores

    def _candidates(
        self,
        queries: tf.Tensor,
        length: int | tf.Tensor,
        added: ScoreBonus | None,
        eligible: Eligibility | None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns scores and indices of the best items, and of those `added`.

        Args:
            queries: Queries, float32 [batch, K].
            length: Number of items to find by inner product, int32 scalar.
            added: Bonuses on the inner products; none if None.
            eligible: Eligible items; all items if None.

        Returns:
            Scores, float32 [batch, n], and item indices, int64 [batch, n].
        """
        length = tf.minimum(length, self._num_items)
        scores, items = self._index(queries, length, eligible)
        items = tf.cast(items, tf.int64)
        if added is None:
            return scores, items
        # Bonuses are not negative: an item without one that is not among the
        # best by product cannot be in the list.
        scores = tf.where(_among(items, added.items), NO_SCORE, scores)
        items = tf.concat([items, added.items], axis=1)
        sums = self._sums(queries, added, eligible)
        return tf.concat([scores, sums], axis=1), items

    def _boosted(
        self,
        boosts: Boosts,
        queries: tf.Tensor,
        excluded: tf.Tensor | None,
        added: ScoreBonus | None,
        eligible: Eligibility | None,
    ) -> tf.Tensor:
        """Returns the scores of all boosted items.

        They are computed one by one, because an index does not find the items
        that are among the best by their boost alone.

        Args:
            boosts: Boosts of items.
            queries: Queries, float32 [batch, K].
            excluded: Indices of excluded items, ascending in each row, int64
                [batch, m].
            added: Bonuses on the inner products; none if None.
            eligible: Eligible items; all items if None.

        Returns:
            Scores, `NO_SCORE` of items that are not listed, float32 [batch, n].
        """
        items = boosts.rows(tf.shape(queries)[0])
        vectors = gather_rows(self._embeddings, boosts.items)
        scores = inner_products(queries, vectors) + boosts.of(queries)
        if added is not None:
            scores += _amounts_of(items, added)
        is_listed = self._are_listed(items, eligible)
        if excluded is not None:
            is_listed &= ~_among(items, excluded)
        return tf.where(is_listed, scores, NO_SCORE)

    def _sums(
        self,
        queries: tf.Tensor,
        added: ScoreBonus,
        eligible: Eligibility | None,
    ) -> tf.Tensor:
        """Returns the scores of the items with a bonus, float32 [batch, n]."""
        items = tf.minimum(added.items, self._num_items - 1)
        vectors = gather_rows(self._embeddings, items)
        sums = tf.linalg.matvec(vectors, queries)
        if self._scales is not None:
            sums *= gather_rows(self._scales, items)
        is_listed = self._are_listed(added.items, eligible)
        return tf.where(is_listed, sums + added.amounts, NO_SCORE)

    def _are_listed(
        self, items: tf.Tensor, eligible: Eligibility | None
    ) -> tf.Tensor:
        """Returns whether items, padded with the number of all, are eligible.

        Args:
            items: Item indices, int64 [batch, n].
            eligible: Eligible items; all items if None.
        """
        listed = items < self._num_items
        if eligible is None:
            return listed
        items = tf.minimum(items, self._num_items - 1)
        rows = tf.range(tf.shape(items, tf.int64)[0])
        rows = rows[:, None] + tf.zeros_like(items)
        return listed & ~eligible.is_masked(items, rows)


def exact_index(
    embeddings: tf.Variable, scales: tf.Variable | None = None
) -> Index:
    """Returns the exact index, which scores the whole catalog.

    Args:
        embeddings: Item embeddings, float32 [items, K].
        scales: Factors of the inner products, such as inverse norms, float32
            [items]; none if None.
    """

    def index(
        queries: tf.Tensor,
        k: int | tf.Tensor,
        eligible: Eligibility | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        products = inner_products(queries, embeddings)
        if scales is not None:
            products *= scales
        return blocked_top_k(
            eligible.mask(products) if eligible else products, k
        )

    return index


def _amounts_of(items: tf.Tensor, added: ScoreBonus) -> tf.Tensor:
    """Returns the bonuses of items, 0 without one.

    Args:
        items: Item indices, below the number of items, int64 [batch, n].
        added: Bonuses on the inner products.

    Returns:
        Bonuses, float32 [batch, n].
    """
    index, is_among = find_sorted(items, added.items)
    amounts = tf.pad(added.amounts, [[0, 0], [0, 1]])
    return tf.where(is_among, tf.gather(amounts, index, batch_dims=1), 0.0)


def _among(values: tf.Tensor, ascending: tf.Tensor) -> tf.Tensor:
    """Returns whether each value occurs in a set of the same row.

    Args:
        values: Values, int64 [batch, n].
        ascending: Sets, ascending in each row, int64 [batch, m].

    Returns:
        Membership, bool [batch, n].
    """
    return find_sorted(values, ascending)[1]

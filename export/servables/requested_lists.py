"""Lists of `recommend_filtered`: filters, prices, variants and diversity."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from atelier.schema.item import Item
from atelier.schema.signatures import DIVERSITY
from export.index.ops.outlined import outlined
from export.index.top_k import NO_INDEX
from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility
from export.servables.bounds import out_of_bounds
from export.servables.diversifier import Diversifier
from export.servables.item_filter import ItemFilter
from export.servables.product_data import ProductData
from export.servables.variants import Variants

Search = Callable[..., tuple[tf.Tensor, tf.Tensor]]
"""`search(eligible, length)`: the best eligible items and their scores."""


class ListRequest(NamedTuple):
    """Requested eligibility and order of the lists of a batch.

    Attributes:
        eligible: Eligible items by category.
        of_products: Filters, string [batch, n], minimum and maximum prices,
            float32 [batch].
        include_owned: Whether owned items may be listed, bool [batch].
        diversity: Diversity of each list, 0 to 1, float32 [batch].
        collapse_variants: Whether a list has at most one of the variants of a
            product, bool [batch].
    """

    eligible: Eligibility
    of_products: tuple[tf.Tensor, tf.Tensor, tf.Tensor]
    include_owned: tf.Tensor
    diversity: tf.Tensor
    collapse_variants: tf.Tensor


class RequestedLists(tf.Module):
    """Checks of requests, and the lists that they ask for.

    Args:
        catalog: Items without images, in item index order.
        item_filter: Availability and categories of the items.
        products: Attributes and prices of the items.
        diversifier: Re-ranking for diversity.

    Example:
        lists = RequestedLists(catalog, item_filter, products, diversifier)
        request, error = lists.parse(*inputs)
        items, scores = lists(search, hidden, request)
    """

    def __init__(
        self,
        catalog: list[Item],
        item_filter: ItemFilter,
        products: ProductData,
        diversifier: Diversifier,
    ) -> None:
        super().__init__()
        self._item_filter = item_filter
        self._products = products
        self._variants = Variants([item.group_id for item in catalog])
        self._diversifier = diversifier

    def parse(
        self,
        categories: tf.Tensor,
        filters: tf.Tensor,
        min_price: tf.Tensor,
        max_price: tf.Tensor,
        include_owned: tf.Tensor,
        diversity: tf.Tensor,
        collapse_variants: tf.Tensor,
    ) -> tuple[ListRequest, tf.Tensor]:
        """Checks the inputs of `recommend_filtered`.

        Args:
            categories: Requested categories, "" pads, string [batch, n].
            filters: Texts `name=value`, "" pads, string [batch, n].
            min_price: Minimum prices, float32 [batch].
            max_price: Maximum prices, float32 [batch].
            include_owned: Whether to list owned items, bool [batch].
            diversity: Diversity of each list, float32 [batch].
            collapse_variants: Whether to leave variants out, bool [batch].

        Returns:
            The request, in which a rejected row has no eligible item, and the
            error of each row, "" if it has none, string [batch].
        """
        eligible, error = self._eligible(
            categories,
            filters,
            min_price,
            max_price,
            out_of_bounds(diversity, DIVERSITY),
        )
        return ListRequest(
            eligible,
            (filters, min_price, max_price),
            include_owned,
            tf.where(error == "", diversity, 0.0),
            collapse_variants,
        ), error

    def narrow(
        self,
        search: Search,
        categories: tf.Tensor,
        filters: tf.Tensor,
        min_price: tf.Tensor,
        max_price: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Searches the items that pass filters, in the order of their scores.

        Args:
            search: Function from eligible items to the best of them and their
                scores.
            categories: Requested categories, like the next three as in `parse`.
            filters: Texts `name=value`.
            min_price: Minimum prices.
            max_price: Maximum prices.

        Returns:
            Items, -1, and scores, `NO_SCORE`, where a row is rejected or has
            too few items; and the error of each row, "" if it has none, string
            [batch].
        """
        of_products = filters, min_price, max_price
        eligible, error = self._eligible(categories, *of_products)

        def search_allowed() -> tuple[tf.Tensor, tf.Tensor]:
            allowed = self._products.allowed(*of_products)
            allowed &= eligible.requested()
            return search(eligible._replace(allowed_items=allowed))

        items, scores = tf.cond(
            tf.reduce_any(categories != NO_ITEM)
            | self._products.is_restricted(*of_products),
            outlined(search_allowed),
            lambda: search(self._item_filter.everything()),
        )
        is_valid = (error == "")[:, None]
        return (
            tf.where(is_valid, items, NO_INDEX),
            tf.where(is_valid, scores, NO_SCORE),
            error,
        )

    def _eligible(
        self,
        categories: tf.Tensor,
        filters: tf.Tensor,
        min_price: tf.Tensor,
        max_price: tf.Tensor,
        *errors: tf.Tensor,
    ) -> tuple[Eligibility, tf.Tensor]:
        """Returns the items of the categories, and the first error of a row.

        Args:
            categories: Requested categories, like the next three as in `parse`.
            filters: Texts `name=value`.
            min_price: Minimum prices.
            max_price: Maximum prices.
            *errors: Errors of other inputs, string [batch] each.
        """
        eligible, error = self._item_filter.of(categories)
        found = self._products.errors(filters, min_price, max_price)
        for next_error in (found, *errors):
            error = tf.where(error == "", next_error, error)
        allowed = eligible.allowed_categories & (error == "")[:, None]
        return eligible._replace(allowed_categories=allowed), error

    def __call__(
        self,
        search: Search,
        hidden: tf.Tensor,
        request: ListRequest,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the items and scores of a request.

        Args:
            search: Function from eligible items and a length to the best items
                and their scores.
            hidden: Items of the users that are not listed, padded with -1,
                int64 [batch, n].
            request: The request.
        """
        eligible, collapse = request.eligible, request.collapse_variants
        num_products = self._diversifier.length(request.diversity)
        length = self._variants.length(num_products, hidden, collapse)

        def search_allowed() -> tuple[tf.Tensor, tf.Tensor]:
            allowed = self._products.allowed(*request.of_products)
            allowed &= eligible.requested()
            return search(eligible._replace(allowed_items=allowed), length)

        # The mask of the whole catalog takes time only where it is needed.
        items, scores = tf.cond(
            self._products.is_restricted(*request.of_products),
            search_allowed,
            lambda: search(eligible, length),
        )
        items, scores = self._variants(
            items, scores, hidden, collapse, num_products
        )
        return self._diversifier(items, scores, request.diversity)

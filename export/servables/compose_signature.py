"""The `compose` signature of the designer: composed designs from a store."""

from typing import Any

import numpy as np
import tensorflow as tf

from atelier.schema.signatures import BOLDNESS
from atelier.schema.signatures import DESIGNER
from atelier.schema.signatures import NUM_RANKS
from export.index.ops.gather_rows import gather_rows
from export.index.ops.inner_products import inner_products
from export.index.top_k import NO_SCORE
from export.servables.bounds import out_of_bounds
from export.servables.category_lookup import CategoryLookup
from export.servables.id_lookup import IdLookup
from export.servables.signatures import trace_signatures
from export.servables.user_table import UserTable
from trainer.design.design_store import DesignStore

Outputs = dict[str, tf.Tensor]

_MIN_SPREAD = 1e-6
"""Minimum standard deviation of preferences: users that score all designs alike
get an order by novelty, too."""


class ComposedServable(tf.Module):
    """Lookup of the composed designs that a user likes most, or of bolder ones.

    A request costs the inner products of a user with all stored designs. At
    boldness b, the order of the designs of a category is that of

        (1 - b) z(preference) + b z(novelty)

    with z-scores over these designs, because the scores of two users have no
    common scale, and none with cosines: at b = 0.5 a standard deviation of one
    is worth a standard deviation of the other. The designs are few and all
    scored, so that no candidates are left out.

    Args:
        store: Composed designs, at least one of each category.
        users: User embeddings of the dimension of those of the store.
        items: Item ids by item index.

    Example:
        servable = ComposedServable(store, users, items)
        seed, boldness = tf.constant([0], tf.int64), tf.constant([0.5])
        result = servable.compose(tf.constant(["ann"]), ["hat"], seed, boldness)
    """

    def __init__(
        self, store: DesignStore, users: UserTable, items: IdLookup
    ) -> None:
        super().__init__()
        self._users, self._items = users, items
        self._categories = CategoryLookup(
            store.categories, "composed_categories"
        )
        self._embeddings = _table(store.embeddings)
        self._category = _table(store.category)
        self._images = _table(store.png_files)
        self._cut_items = _table(store.cut_items)
        self._cloth_items = _table(store.cloth_items)
        self._nearest_items = _table(store.nearest_items)
        self._novelty = _table(_standardize(store.novelty, store.category))
        self._colors = _table(store.colors)
        self._color_names = _table(store.color_names)

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of `compose`."""
        return trace_signatures(self, DESIGNER, ["compose"])

    def compose(
        self,
        user_id: tf.Tensor,
        category: tf.Tensor,
        seed: tf.Tensor,
        boldness: tf.Tensor,
    ) -> Outputs:
        """Looks up the designs of users by category, boldness and rank."""
        index, unknown = self._categories(category)
        bounds = out_of_bounds(boldness, BOLDNESS)
        error = tf.where(unknown == "", bounds, unknown)
        user_vectors, known = self._users(user_id)
        preferences = inner_products(user_vectors, self._embeddings)
        of_category = tf.convert_to_tensor(self._category) == index[:, None]
        # NaN has no place in an order.
        valid = tf.where(bounds == "", boldness, 0.0)
        scores = self._scores(preferences, of_category, valid[:, None])
        best, order = tf.math.top_k(scores, min(NUM_RANKS, scores.shape[1]))
        num_designs = tf.reduce_sum(tf.cast(best > NO_SCORE, tf.int64), axis=1)
        rank = tf.math.floormod(seed, tf.maximum(num_designs, 1))
        row = tf.gather(order, rank, batch_dims=1)

        def ids(item_indices: tf.Variable) -> tf.Tensor:
            return self._items.ids(gather_rows(item_indices, row))

        outputs = {
            "image_bytes": gather_rows(self._images, row),
            "preference": tf.gather(preferences, row, batch_dims=1),
            "cut_item_id": ids(self._cut_items),
            "cloth_item_id": ids(self._cloth_items),
            "color": gather_rows(self._colors, row),
            "color_name": gather_rows(self._color_names, row),
            "nearest_item_ids": ids(self._nearest_items),
        }
        return {
            **{
                name: _blank(values, error != "")
                for name, values in outputs.items()
            },
            "known_user": known,
            "error": error,
        }

    def _scores(
        self,
        preferences: tf.Tensor,
        of_category: tf.Tensor,
        boldness: tf.Tensor,
    ) -> tf.Tensor:
        """Scores designs by preference and novelty, float32 [batch, designs].

        The formula of the class, except for a factor and a summand of the row,
        which change no order. So the scores at boldness 0 are the preferences,
        to the last bit.

        Args:
            preferences: Preferences, float32 [batch, designs].
            of_category: Whether the category has the design, bool [batch,
                designs].
            boldness: Boldness, float32 [batch, 1].
        """
        weights = tf.cast(of_category, tf.float32)
        weights /= tf.reduce_sum(weights, axis=1, keepdims=True)
        mean = tf.reduce_sum(weights * preferences, axis=1, keepdims=True)
        squares = weights * tf.square(preferences - mean)
        spread = tf.sqrt(tf.reduce_sum(squares, axis=1, keepdims=True))
        spread = tf.maximum(spread, _MIN_SPREAD)
        scores = (1.0 - boldness) * preferences
        scores += boldness * spread * self._novelty
        return tf.where(of_category, scores, NO_SCORE)


def _standardize(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Returns the z-scores of values in their groups; 0 where all are equal.

    Args:
        values: Values, float32 [n].
        groups: Groups of the values, integers [n].
    """
    z_scores = np.zeros_like(values)
    for group in np.unique(groups):
        rows = groups == group
        spread = values[rows].std() or 1.0
        z_scores[rows] = (values[rows] - values[rows].mean()) / spread
    return z_scores


def _table(values: Any) -> tf.Variable:
    return tf.Variable(values, trainable=False)


def _blank(values: tf.Tensor, rejected: tf.Tensor) -> tf.Tensor:
    """Sets the rows of rejected requests to 0 or "".

    Args:
        values: Outputs, any dtype, [batch] or [batch, n].
        rejected: Whether each request is rejected, bool [batch].
    """
    if values.shape.rank > 1:
        rejected = rejected[:, None]
    return tf.where(rejected, tf.zeros([], values.dtype), values)

"""The `compose` signature of the designer: composed designs from a store."""

from typing import Any

import tensorflow as tf

from atelier.schema.signatures import DESIGNER
from atelier.schema.signatures import NUM_RANKS
from export.index.ops.gather_rows import gather_rows
from export.index.ops.inner_products import inner_products
from export.index.top_k import NO_SCORE
from export.servables.category_lookup import CategoryLookup
from export.servables.id_lookup import IdLookup
from export.servables.signatures import trace_signatures
from export.servables.user_table import UserTable
from trainer.design.design_store import DesignStore

Outputs = dict[str, tf.Tensor]


class ComposedServable(tf.Module):
    """Lookup of the composed designs that a user likes most.

    A request costs the inner products of a user with all stored designs.

    Args:
        store: Composed designs, at least one of each category.
        users: User embeddings of the dimension of those of the store.
        items: Item ids by item index.

    Example:
        servable = ComposedServable(store, users, items)
        seed = tf.constant([0], tf.int64)
        result = servable.compose(tf.constant(["ann"]), ["hat"], seed)
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
        self._colors = _table(store.colors)
        self._color_names = _table(store.color_names)

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of `compose`."""
        return trace_signatures(self, DESIGNER, ["compose"])

    def compose(
        self, user_id: tf.Tensor, category: tf.Tensor, seed: tf.Tensor
    ) -> Outputs:
        """Looks up the designs of users by category and rank."""
        index, error = self._categories(category)
        user_vectors, known = self._users(user_id)
        of_category = tf.convert_to_tensor(self._category) == index[:, None]
        scores = tf.where(
            of_category,
            inner_products(user_vectors, self._embeddings),
            NO_SCORE,
        )
        best, order = tf.math.top_k(scores, min(NUM_RANKS, scores.shape[1]))
        num_designs = tf.reduce_sum(tf.cast(best > NO_SCORE, tf.int64), axis=1)
        rank = tf.math.floormod(seed, tf.maximum(num_designs, 1))
        row = tf.gather(order, rank, batch_dims=1)

        def ids(item_indices: tf.Variable) -> tf.Tensor:
            return self._items.ids(gather_rows(item_indices, row))

        outputs = {
            "image_bytes": gather_rows(self._images, row),
            "preference": tf.gather(best, rank, batch_dims=1),
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

"""Filters for availability and requested categories."""

import numpy as np
import tensorflow as tf

from export.index.ops.gather_rows import gather_rows
from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility


class ItemFilter(tf.Module):
    """Availability and categories of the catalog items.

    All items are available until `export.availability.set_availability`
    publishes a version with other availability.

    Args:
        categories: Category of each item, "" if it has none.

    Attributes:
        category_ids: Category id of each item, int32 [items].

    Example:
        item_filter = ItemFilter(["shirt", "shoe", ""])
        eligible, errors = item_filter.of(tf.constant([["shoe", ""]]))
        item_ids, scores = top_k(queries, eligible=eligible)
    """

    def __init__(self, categories: list[str]) -> None:
        super().__init__()
        names = sorted(set(categories) - {NO_ITEM})
        self._known = f"the catalog has {', '.join(names) or 'no categories'}."
        # Includes the padding, because an empty table does not load.
        self._table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant([NO_ITEM, *names]),
                tf.range(-1, len(names), dtype=tf.int64),
            ),
            default_value=-1,
        )
        # The last category id stands for items without a category.
        indices = {name: index for index, name in enumerate(names)}
        self.category_ids = np.array(
            [indices.get(name, len(names)) for name in categories], np.int32
        )
        self._num_names = len(names)
        self._names = [*names, NO_ITEM]
        self._num_categories = int(self.category_ids.max()) + 1
        self._category_ids = tf.Variable(self.category_ids, trainable=False)
        self._availability = tf.Variable(
            availability_vector(self.category_ids >= 0), trainable=False
        )

    def category(self, items: tf.Tensor) -> tf.Tensor:
        """Looks up the categories of items, "" for an item without one.

        Args:
            items: Item indices, integers, any shape.

        Returns:
            Categories, string, of the shape of `items`.
        """
        category_ids = gather_rows(self._category_ids, items)
        return tf.gather(tf.constant(self._names), category_ids)

    def everything(self) -> Eligibility:
        """Returns the eligibility of all available items."""
        return Eligibility(self._availability, self._category_ids)

    def of(self, categories: tf.Tensor) -> tuple[Eligibility, tf.Tensor]:
        """Returns the eligibility of available items of some categories.

        Args:
            categories: Requested categories, string [batch, n], padded with "";
                an empty row requests all. A row with an unknown category has
                no eligible items.

        Returns:
            The eligibility, and the error of each row, string [batch], "" if
            all its categories are known.
        """
        padding = categories == NO_ITEM
        indices = self._table.lookup(categories)
        errors = self._errors(categories, (indices < 0) & ~padding)
        allowed_categories = tf.one_hot(
            indices, self._num_categories, on_value=True, off_value=False
        )
        everything = tf.reduce_all(padding, axis=1, keepdims=True)
        allowed_categories = (
            tf.reduce_any(allowed_categories, axis=1) | everything
        )
        allowed_categories &= (errors == "")[:, None]
        return self.everything()._replace(
            allowed_categories=allowed_categories
        ), errors

    def of_other_categories(self, items: tf.Tensor) -> Eligibility:
        """Returns the eligibility of available items of other categories.

        Args:
            items: Item indices, int64 [batch]. An item without a category
                excludes no category.
        """
        own = gather_rows(self._category_ids, items)
        others = tf.one_hot(
            own, self._num_categories, on_value=False, off_value=True
        )
        has_category = own < self._num_names
        return self.everything()._replace(
            allowed_categories=others | ~has_category[:, None]
        )

    def _errors(self, categories: tf.Tensor, unknown: tf.Tensor) -> tf.Tensor:
        """Returns an error naming the unknown categories per row, or ""."""
        names = tf.strings.reduce_join(
            tf.ragged.boolean_mask(categories, unknown), axis=1, separator=", "
        )
        sentences = tf.strings.join(
            ["There is no category ", names, f"; {self._known}"]
        )
        return tf.where(tf.reduce_any(unknown, axis=1), sentences, "")


def availability_vector(available: np.ndarray) -> np.ndarray:
    """Returns the `availability` vector of an `Eligibility`.

    Args:
        available: Availability of each item, bool [items].

    Returns:
        0 for available items, else `NO_SCORE`, float32 [items].
    """
    return np.where(available, 0.0, NO_SCORE).astype(np.float32)

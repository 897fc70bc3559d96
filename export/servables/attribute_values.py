"""Categories and attributes of the items, as texts such as `color=red`."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from atelier.schema.item import Item
from export.index.ops.gather_rows import gather_rows
from export.servables.id_lookup import IdLookup

CATEGORY = "category"
"""Name under which filters find the category of an item."""


def attributes_of(item: Item) -> list[str]:
    """Returns the attributes of an item as `name=value`.

    Several blanks and line breaks are one blank.
    """
    return _texts(item.attributes)


def filters_of(item: Item) -> list[str]:
    """Returns the filters that an item passes, at most one of each name.

    The category is one of them; an attribute with "=" in its name has none.
    """
    values = {
        name: value
        for name, value in item.attributes.items()
        if "=" not in name
    }
    return _texts({**values, CATEGORY: item.category})


class AttributeValues(tf.Module):
    """Filters and attributes of the catalog items.

    Args:
        catalog: Items, in item index order.

    Example:
        values = AttributeValues([Item("a", b"", "hat", {"color": "red"})])
        values.of(tf.constant([0]))  # [["color=red"]]
        values.allowed(tf.constant([["category=hat"]]))  # [[True]]
    """

    def __init__(self, catalog: list[Item]) -> None:
        super().__init__()
        attributes = list(map(attributes_of, catalog))
        filters = list(map(filters_of, catalog))
        texts = sorted({text for row in attributes + filters for text in row})
        # The first line stands for no text; an empty file does not load.
        self._lookup = IdLookup(["=", *texts], "attributes")
        ids = {text: index for index, text in enumerate(texts, 1)}
        of_items = tf.ragged.constant(
            [[ids[text] for text in row] or [0] for row in attributes], tf.int32
        )
        self._of_items = tf.Variable(of_items.to_tensor(), trainable=False)
        self._store_names(texts, filters)
        self._store_items(ids, filters)

    def _store_names(self, texts: list[str], filters: list[list[str]]) -> None:
        """Creates the variable of the name of each text, -1 if no filter."""
        of_filters = {text for row in filters for text in row}
        names = sorted({_name_of(text) for text in of_filters})
        self._known = (
            f"a filter is NAME=VALUE with one of the names {', '.join(names)}."
            if names
            else "the catalog has no attributes."
        )
        self._num_names = len(names)
        indices = {name: index for index, name in enumerate(names)}
        self._names = tf.Variable(
            [
                indices[_name_of(text)] if text in of_filters else -1
                for text in ["", *texts]
            ],
            trainable=False,
        )

    def _store_items(
        self, ids: Mapping[str, int], filters: list[list[str]]
    ) -> None:
        """Creates the variables of the items that pass each filter."""
        passing = np.array(
            [
                (ids[text], item)
                for item, row in enumerate(filters)
                for text in row
            ],
            np.int64,
        ).reshape(-1, 2)
        passing = passing[np.argsort(passing[:, 0], kind="stable")]
        self._num_items = len(filters)
        self._items = tf.Variable(passing[:, 1], trainable=False)
        self._row_splits = tf.Variable(
            np.searchsorted(passing[:, 0], np.arange(len(ids) + 2)),
            trainable=False,
        )

    def of(self, items: tf.Tensor) -> tf.Tensor:
        """Looks up the attributes of items.

        Args:
            items: Item indices, int64 [batch].

        Returns:
            Texts `name=value`, padded with "", string [batch, n].
        """
        ids = tf.cast(gather_rows(self._of_items, items), tf.int64)
        return tf.where(ids > 0, self._lookup.ids(ids), "")

    def allowed(self, filters: tf.Tensor) -> tf.Tensor:
        """Finds the items that pass the filters of each row.

        Values of one name are alternatives; different names must all hold.

        Args:
            filters: Texts `name=value`, padded with "", string [batch, n];
                unknown ones count as padding.

        Returns:
            Whether each item passes, bool [batch, items].
        """
        ids = tf.sort(tf.maximum(self._lookup(filters), 0), axis=1)
        before = tf.pad(ids, [[0, 0], [1, 0]])[:, :-1]
        ids = tf.where(ids == before, tf.zeros_like(ids), ids)
        names = tf.one_hot(
            gather_rows(self._names, ids), self._num_names, True, False
        )
        num_names = tf.math.count_nonzero(
            tf.reduce_any(names, axis=1), 1, True, tf.int32
        )
        passing = tf.RaggedTensor.from_row_splits(
            tf.convert_to_tensor(self._items),
            tf.convert_to_tensor(self._row_splits),
            validate=False,
        )
        hits = tf.gather(passing, ids).merge_dims(1, 2)
        # An item has one value of a name, and so passes once for each name.
        num_hits = tf.math.unsorted_segment_sum(
            tf.ones_like(hits.values, tf.int32),
            hits.value_rowids() * self._num_items + hits.values,
            hits.nrows() * self._num_items,
        )
        num_hits = tf.reshape(num_hits, [-1, self._num_items])
        return tf.equal(num_hits, num_names)

    def errors(self, filters: tf.Tensor) -> tf.Tensor:
        """Returns an error naming the unknown filters per row, or "".

        Args:
            filters: Texts `name=value`, padded with "", string [batch, n].
        """
        # An attribute without a filter has a text, but no name.
        ids = tf.maximum(self._lookup(filters), 0)
        unknown = (gather_rows(self._names, ids) < 0) & (filters != "")
        names = tf.strings.reduce_join(
            tf.ragged.boolean_mask(filters, unknown), axis=1, separator=" or "
        )
        sentences = tf.strings.join(
            ["There is no item with ", names, f"; {self._known}"]
        )
        return tf.where(tf.reduce_any(unknown, axis=1), sentences, "")


def _name_of(text: str) -> str:
    return text.partition("=")[0]


def _texts(values: Mapping[str, str]) -> list[str]:
    lines = (
        tuple(" ".join(text.split()) for text in pair)
        for pair in values.items()
    )
    return list(dict.fromkeys(f"{n}={value}" for n, value in lines if value))

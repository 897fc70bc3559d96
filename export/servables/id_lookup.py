"""Lookup of string ids, in stock TensorFlow ops."""

import tempfile

import tensorflow as tf

from atelier.schema import paths
from atelier.schema.vocabulary import vocabulary_lines


class IdLookup(tf.Module):
    """Maps ids to their indices in a vocabulary, and back.

    The vocabulary is an asset of the SavedModel, which holds the ids once.

    Args:
        ids: Vocabulary; no id may contain a line feed.
        name: Name of the asset file without `.txt`, unique in the model.

    Example:
        lookup = IdLookup(["shirt", "shoe"], "categories")
        lookup(tf.constant(["shoe", "kite"]))  # [1, -1]
        lookup.ids(tf.constant([1, -1], tf.int64))  # ["shoe", ""]
    """

    def __init__(self, ids: list[str], name: str) -> None:
        super().__init__()
        # `tf.saved_model.save` copies the asset into the model.
        self._folder = tempfile.TemporaryDirectory()
        path = paths.join(self._folder.name, f"{name}.txt")
        with open(path, "wb") as file:
            file.write(vocabulary_lines(ids))
        # TensorFlow shares tables of equal names and makes the name from this
        # argument: a path is unique, an `Asset` would give its memory address.
        id_column = tf.string, tf.lookup.TextFileIndex.WHOLE_LINE
        index_column = tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
        self._table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(path, *id_column, *index_column),
            default_value=-1,
        )
        self._ids = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(path, *index_column, *id_column),
            default_value="",
        )

    def __call__(self, ids: tf.Tensor) -> tf.Tensor:
        """Looks up the index of each id.

        Args:
            ids: Ids, string, any shape.

        Returns:
            Indices, -1 for unknown ids, int64, of the shape of `ids`.
        """
        return self._table.lookup(ids)

    def ids(self, indices: tf.Tensor) -> tf.Tensor:
        """Looks up the id of each index.

        Args:
            indices: Indices, int64, any shape.

        Returns:
            Ids, "" for -1, string, of the shape of `indices`.
        """
        return self._ids.lookup(indices)

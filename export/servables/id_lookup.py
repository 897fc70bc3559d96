"""Lookup of string ids, in stock TensorFlow ops."""

import tempfile

import tensorflow as tf

from atelier.schema import paths
from atelier.schema.vocabulary import vocabulary_lines


class IdLookup(tf.Module):
    """Maps ids to their indices in a vocabulary, an asset of the SavedModel.

    Args:
        ids: Vocabulary; no id may contain a line feed.
        name: Name of the asset file without `.txt`, unique in the model.

    Example:
        lookup = IdLookup(["shirt", "shoe"], "categories")
        lookup(tf.constant(["shoe", "kite"]))  # [1, -1]
    """

    def __init__(self, ids: list[str], name: str) -> None:
        super().__init__()
        # `tf.saved_model.save` copies the asset into the model.
        self._folder = tempfile.TemporaryDirectory()
        path = paths.join(self._folder.name, f"{name}.txt")
        with open(path, "wb") as file:
            file.write(vocabulary_lines(ids))
        self._table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                tf.saved_model.Asset(path),
                tf.string,
                tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            ),
            default_value=-1,
        )

    def __call__(self, ids: tf.Tensor) -> tf.Tensor:
        """Looks up the index of each id.

        Args:
            ids: Ids, string, any shape.

        Returns:
            Indices, -1 for unknown ids, int64, of the shape of `ids`.
        """
        return self._table.lookup(ids)

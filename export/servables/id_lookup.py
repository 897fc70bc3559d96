"""Ids to their places, in stock ops."""

import tempfile

import tensorflow as tf

from atelier.schema import paths
from atelier.schema.vocabulary import vocabulary_lines


class IdLookup(tf.Module):
    """Finds ids in a list, which is kept as a file inside the model.

    Args:
        ids: The list; none holds a line feed.
        name: Of the file, and of no other one in the same model.
    """

    def __init__(self, ids: list[str], name: str) -> None:
        super().__init__()
        # Saving copies the file into the model.
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
        """Returns the place of each id, -1 where it is not in the list.

        Args:
            ids: string, of any shape.

        Returns:
            int64, of the same shape.
        """
        return self._table.lookup(ids)

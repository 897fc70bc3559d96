"""Lookup of categories, with an error for unknown ones."""

import tensorflow as tf

from export.servables.id_lookup import IdLookup


class CategoryLookup(tf.Module):
    """Maps the categories of a request to their indices.

    Args:
        names: Names of the categories, at least one.
        asset: Name of the asset file without `.txt`, unique in the model.

    Example:
        lookup = CategoryLookup(["hat", "shoe"], "categories")
        index, error = lookup(tf.constant(["shoe", "kite"]))
        # index: [1, -1], error: ["", "There is no category kite; …"]
    """

    def __init__(self, names: list[str], asset: str) -> None:
        super().__init__()
        self._known = ", ".join(names)
        self._index = IdLookup(names, asset)

    def __call__(self, category: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Looks up the index of each category.

        Args:
            category: Categories, string [batch].

        Returns:
            Indices, -1 for unknown categories, int32 [batch], and errors, ""
            for known categories, string [batch].
        """
        index = self._index(category)
        error = tf.strings.join(
            [
                "There is no category ",
                category,
                f"; the designer has {self._known}.",
            ]
        )
        return tf.cast(index, tf.int32), tf.where(index < 0, error, "")

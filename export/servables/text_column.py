"""Column of texts of which each distinct one is stored once."""

import numpy as np
import tensorflow as tf

from export.index.ops.gather_rows import gather_rows


class TextColumn(tf.Module):
    """Texts of the catalog items.

    Args:
        texts: Text of each item, in item index order.

    Example:
        titles = TextColumn(["shirt", "shoe", "shirt"])
        titles(tf.constant([2, 1]))  # ["shirt", "shoe"]
    """

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        distinct = sorted(set(texts))
        self._distinct = tf.Variable(distinct, trainable=False)
        self._rows = None
        if len(distinct) > 1:
            indices = {text: index for index, text in enumerate(distinct)}
            rows = np.array([indices[text] for text in texts], np.int32)
            self._rows = tf.Variable(rows, trainable=False)

    def __call__(self, items: tf.Tensor) -> tf.Tensor:
        """Looks up texts.

        Args:
            items: Item indices, integers, any shape.

        Returns:
            Texts, string, of the shape of `items`.
        """
        if self._rows is None:
            return tf.fill(tf.shape(items), self._distinct[0])
        return gather_rows(self._distinct, gather_rows(self._rows, items))

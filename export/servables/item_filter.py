"""What the recommender may list: what can be bought, and what is asked for."""

import numpy as np
import tensorflow as tf

from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility


class ItemFilter(tf.Module):
    """The catalogue as a shop: categories, and what is in stock.

    Everything is, until `export.availability.set_availability` publishes a
    version that knows better.

    Args:
        categories: Of each item; "" where it has none.

    Attributes:
        kinds: The number of the category of each item, int32 [items].
    """

    def __init__(self, categories: list[str]) -> None:
        super().__init__()
        names = sorted(set(categories) - {NO_ITEM})
        self._listed = ", ".join(names)
        # With the padding, for an empty table would not load.
        self._places = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant([NO_ITEM, *names]),
                tf.range(-1, len(names), dtype=tf.int64),
            ),
            default_value=-1,
        )
        # The last kind is what has no category.
        places = {name: place for place, name in enumerate(names)}
        self.kinds = np.array(
            [places.get(one, len(names)) for one in categories], np.int32
        )
        self._number = int(self.kinds.max()) + 1
        self._kinds = tf.Variable(self.kinds, trainable=False)
        self._stock = tf.Variable(stock_of(self.kinds >= 0), trainable=False)

    def everything(self) -> Eligibility:
        """Returns what can be bought."""
        return Eligibility(self._stock, self._kinds)

    def of(self, categories: tf.Tensor) -> tuple[Eligibility, tf.Tensor]:
        """Returns what can be bought of some categories.

        Args:
            categories: string [batch, n], padded with ""; an empty row means
                all. Of a row with one that the catalogue does not have,
                nothing is on offer.

        Returns:
            The offer, and why each row is refused, string [batch]: "" if it is
            not.
        """
        padding = categories == NO_ITEM
        places = self._places.lookup(categories)
        refused = self._refused(categories, (places < 0) & ~padding)
        wanted = tf.one_hot(
            places, self._number, on_value=True, off_value=False
        )
        everything = tf.reduce_all(padding, axis=1, keepdims=True)
        wanted = tf.reduce_any(wanted, axis=1) | everything
        wanted &= (refused == "")[:, None]
        return self.everything()._replace(wanted=wanted), refused

    def _refused(self, categories: tf.Tensor, unknown: tf.Tensor) -> tf.Tensor:
        """Says of each row which of its categories are unknown, "" if none."""
        known = (
            f"those of the catalogue are {self._listed}."
            if self._listed
            else "the items of the catalogue have none."
        )
        names = tf.strings.reduce_join(
            tf.ragged.boolean_mask(categories, unknown), axis=1, separator=", "
        )
        sentences = tf.strings.join(
            ["There is no category ", names, f"; {known}"]
        )
        return tf.where(tf.reduce_any(unknown, axis=1), sentences, "")


def stock_of(there: np.ndarray) -> np.ndarray:
    """Returns the stock of an `Eligibility`.

    Args:
        there: Whether each item can be bought, bool [items].
    """
    return np.where(there, 0.0, NO_SCORE).astype(np.float32)

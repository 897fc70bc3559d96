"""What was held out of training, and what else its users took."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf

from trainer.data.interactions import Interactions


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """Held-out (user, item) pairs, and what must not compete with them.

    Attributes:
        pairs: At least one, int64 [pairs, 2].
        taken: Items that each user took, the held-out ones among them: ragged
            int64 [users, None].
        known: Those of them that the model knew: ragged int64 [users, None].
        num_items: Size of the catalogue.
    """

    pairs: np.ndarray
    taken: tf.RaggedTensor
    known: tf.RaggedTensor
    num_items: int

    @classmethod
    def of_split(cls, interactions: Interactions, split: str) -> "HeldOut":
        """Returns what is held out for `validation` or for `test`."""
        return cls(
            getattr(interactions, split),
            interactions.taken,
            interactions.train,
            len(interactions.item_ids),
        )

    @functools.cached_property
    def users(self) -> np.ndarray:
        """The users of the pairs, each once, ascending, int64 [users]."""
        return np.unique(self.pairs[:, 0])

    def among(self, candidates: np.ndarray) -> "HeldOut":
        """Returns the same with a smaller catalogue.

        Args:
            candidates: Its items, ascending, int64 [candidates]; whatever was
                taken is among them. Their places become their indices.
        """
        place = np.full(self.num_items, -1)
        place[candidates] = np.arange(len(candidates))
        users, items = self.pairs.T
        return HeldOut(
            np.stack([users, place[items]], axis=1),
            self.taken.with_values(place[self.taken.values.numpy()]),
            self.known.with_values(place[self.known.values.numpy()]),
            len(candidates),
        )

"""Held-out interactions, with all other interactions of their users."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf

from trainer.data.interactions import Interactions


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """Held-out (user, item) pairs, and the items that are masked for them.

    Attributes:
        pairs: Held-out pairs, at least one, int64 [pairs, 2].
        interacted: Item indices of all interactions of each user, including the
            held-out ones: ragged int64 [users, None].
        known: Item indices of the interactions that the model knew: ragged
            int64 [users, None].
        num_items: Number of items of the catalog.
    """

    pairs: np.ndarray
    interacted: tf.RaggedTensor
    known: tf.RaggedTensor
    num_items: int

    @classmethod
    def of_split(cls, interactions: Interactions, split: str) -> "HeldOut":
        """Returns the pairs of a split.

        Args:
            interactions: Interactions of all splits.
            split: Name of the split, `validation` or `test`.
        """
        return cls(
            getattr(interactions, split),
            interactions.interacted,
            interactions.train,
            len(interactions.item_ids),
        )

    @functools.cached_property
    def users(self) -> np.ndarray:
        """Distinct users of the pairs, ascending, int64 [users]."""
        return np.unique(self.pairs[:, 0])

    def among(self, candidates: np.ndarray) -> "HeldOut":
        """Returns the same pairs within a smaller catalog.

        Args:
            candidates: Item indices of the smaller catalog, ascending, int64
                [candidates]; must include all items with interactions. Items
                are renumbered by their position here.
        """
        place = np.full(self.num_items, -1)
        place[candidates] = np.arange(len(candidates))
        users, items = self.pairs.T
        return HeldOut(
            np.stack([users, place[items]], axis=1),
            self.interacted.with_values(place[self.interacted.values.numpy()]),
            self.known.with_values(place[self.known.values.numpy()]),
            len(candidates),
        )

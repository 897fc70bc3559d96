"""Batches that make the most of each photo that passes the network.

A triple of the paper costs two photos. Here a batch is a number of photos,
each with several people who took it, and every photo stands against the people
of all others: one pass serves all. Every interaction comes once an epoch, in an
order drawn anew each time.
"""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf


class ImageBatchSampler:
    """Draws batches of photos with the interactions that people had with them.

    Args:
        train: Item indices of each user, ascending, int64 [users, None].
        negative_pool: Items that negatives are drawn from, int64 [n].
        photos_a_batch: Photos a batch, if there are so many.
        positives_per_image: Maximum number of interactions per image; an item
            with more comes several times an epoch.
        num_negatives: Items drawn besides, with replacement.
        seed: Of all draws.
    """

    def __init__(
        self,
        train: tf.RaggedTensor,
        negative_pool: np.ndarray,
        photos_a_batch: int,
        positives_per_image: int,
        num_negatives: int,
        seed: int,
    ) -> None:
        self._items = train.values.numpy()
        self._negative_pool = negative_pool
        self._positives_per_image = positives_per_image
        self._num_negatives = num_negatives
        self._seed = seed
        self._num_groups = int(self._groups_of_items().sum())
        self._photos_a_batch = min(photos_a_batch, self._num_groups)

    @property
    def photos_a_batch(self) -> int:
        """Photos of each batch."""
        return self._photos_a_batch

    @property
    def steps_an_epoch(self) -> int:
        """Batches an epoch; what fills no batch waits for another epoch."""
        return self._num_groups // self._photos_a_batch

    @property
    def pairs_a_step(self) -> float:
        """Interactions that a batch holds, in the mean."""
        return self._photos_a_batch * len(self._items) / self._num_groups

    def expected_passes(self, num_items: int) -> np.ndarray:
        """Returns how often a batch holds the photo of each item, in the mean.

        Args:
            num_items: Size of the catalogue.

        Returns:
            float [items].
        """
        groups = np.zeros(num_items)
        groups[: self._items.max() + 1] = self._groups_of_items()
        return groups * self._photos_a_batch / self._num_groups

    def expected_draws(self, num_items: int) -> np.ndarray:
        """Returns how often a batch draws each item as a negative, likewise."""
        counts = np.zeros(num_items)
        counts[self._negative_pool] = self._num_negatives / len(
            self._negative_pool
        )
        return counts

    def epoch(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the photos of an epoch in their order.

        Args:
            number: Of the epoch, from 0.

        Returns:
            Items, int64 [groups], and interactions with them, as places in
            `train.values`, int64 [groups, positives_per_image], padded with
            -1.
        """
        rng = np.random.default_rng((self._seed, number))
        order = rng.permutation(len(self._items))
        order = order[np.argsort(self._items[order], kind="stable")]
        items = self._items[order]
        place = np.arange(len(items)) - np.searchsorted(items, items)
        slot = place % self._positives_per_image
        groups = np.full((self._num_groups, self._positives_per_image), -1)
        groups[np.cumsum(slot == 0) - 1, slot] = order
        shuffled = rng.permutation(self._num_groups)
        return items[slot == 0][shuffled], groups[shuffled]

    def from_step(self, first_step: int) -> tf.data.Dataset:
        """Returns the endless data set of batches from a step on.

        A batch holds `item` int64 [photos], `interactions` int64 [photos,
        positives_per_image] and `negatives` int64 [num_negatives].
        """

        def batches() -> Iterator[dict[str, np.ndarray]]:
            steps, size = self.steps_an_epoch, self._photos_a_batch
            epoch, step = divmod(first_step, steps)
            while True:
                items, groups = self.epoch(epoch)
                for index in range(step, steps):
                    chosen = slice(index * size, (index + 1) * size)
                    yield {
                        "item": items[chosen],
                        "interactions": groups[chosen],
                        "negatives": self._negatives(epoch * steps + index),
                    }
                epoch, step = epoch + 1, 0

        return tf.data.Dataset.from_generator(
            batches,
            output_signature={
                "item": tf.TensorSpec([None], tf.int64),
                "interactions": tf.TensorSpec(
                    [None, self._positives_per_image], tf.int64
                ),
                "negatives": tf.TensorSpec([None], tf.int64),
            },
        )

    def _groups_of_items(self) -> np.ndarray:
        return -(-np.bincount(self._items) // self._positives_per_image)

    def _negatives(self, step: int) -> np.ndarray:
        rng = np.random.default_rng((self._seed, step, 1))
        return rng.choice(self._negative_pool, self._num_negatives)

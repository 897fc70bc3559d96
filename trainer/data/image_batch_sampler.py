"""Batches of images with several positive users per image.

A BPR triple of the paper costs two forward passes of images. Here a batch is a
set of images, each with several users who interacted with it, and each image
is a negative for the users of all others, so one forward pass serves them all.
Each interaction comes once per epoch, in an order shuffled for each epoch.
"""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf


class ImageBatchSampler:
    """Samples batches of images with their interactions.

    Example:
        sampler = ImageBatchSampler(
            interactions.train, np.arange(num_items), 512, 1, 4096, seed=0
        )
        batch = next(iter(sampler.from_step(0)))

    Args:
        train: Item indices of each user, ascending, int64 [users, None].
        negative_pool: Item indices eligible as negatives, int64 [n].
        images_per_batch: Images per batch, at most as many as an epoch has.
        positives_per_image: Maximum number of interactions per image; an item
            with more comes several times per epoch.
        num_negatives: Number of additional negative items per batch, drawn
            with replacement.
        seed: Random seed of the shuffling and of the negatives.
    """

    def __init__(
        self,
        train: tf.RaggedTensor,
        negative_pool: np.ndarray,
        images_per_batch: int,
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
        self._images_per_batch = min(images_per_batch, self._num_groups)

    @property
    def images_per_batch(self) -> int:
        """Number of images per batch."""
        return self._images_per_batch

    @property
    def steps_per_epoch(self) -> int:
        """Batches per epoch; an incomplete last batch is dropped."""
        return self._num_groups // self._images_per_batch

    @property
    def pairs_per_step(self) -> float:
        """Mean number of interactions per batch."""
        return self._images_per_batch * len(self._items) / self._num_groups

    def expected_image_count(self, num_items: int) -> np.ndarray:
        """Returns the expected count of each item's image in a batch.

        Args:
            num_items: Number of items of the catalog.

        Returns:
            Expected counts, float [items].
        """
        groups = np.zeros(num_items)
        groups[: self._items.max() + 1] = self._groups_of_items()
        return groups * self._images_per_batch / self._num_groups

    def expected_negative_count(self, num_items: int) -> np.ndarray:
        """Returns the expected count of each item among a batch's negatives.

        Args:
            num_items: Number of items of the catalog.

        Returns:
            Expected counts, float [items].
        """
        counts = np.zeros(num_items)
        counts[self._negative_pool] = self._num_negatives / len(
            self._negative_pool
        )
        return counts

    def epoch(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the images and interactions of an epoch in shuffled order.

        Args:
            index: Epoch index, from 0.

        Returns:
            Item indices, int64 [groups], and their interactions as positions
            in `train.values`, int64 [groups, positives_per_image], padded
            with -1.
        """
        rng = np.random.default_rng((self._seed, index))
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
        """Returns the infinite dataset of batches that starts at a step.

        A batch holds `item` int64 [images], `interactions` int64 [images,
        positives_per_image] and `negatives` int64 [num_negatives].

        Args:
            first_step: Index of the first batch, counted over all epochs.
        """

        def batches() -> Iterator[dict[str, np.ndarray]]:
            steps, size = self.steps_per_epoch, self._images_per_batch
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

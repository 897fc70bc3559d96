"""Stream of the catalog: items with their images, uniform negatives."""

import tensorflow as tf

from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.item import parse_items
from atelier.schema.records import list_shards
from trainer.data.fingerprint import fingerprint
from trainer.data.images import decode_jpegs
from trainer.data.shuffled_shards import shuffled_records

BUFFER = 4096
"""Items in the shuffle buffer: about 20 MB with images of 128 pixels. Each item
is in the shards once, so it need not be as large as that of the triples."""


class ItemStream:
    """Batches of items, each item of the catalog once per pass over it.

    Every worker reads all shards, in an order of its own.

    Example:
        stream = ItemStream("runs/mine/data", 20_000, 64, 128, seed=0)
        batch = next(iter(stream.from_step(0)))

    Args:
        data_dir: Folder of a prepared data set.
        num_items: Number of items of the catalog.
        image_size: Side of the images, in pixels.
        batch_size: Items of a batch of all workers together.
        seed: Random seed of the order.
        worker: Index of this worker.
        num_workers: Number of workers; it divides `batch_size`.
    """

    def __init__(
        self,
        data_dir: str,
        num_items: int,
        image_size: int,
        batch_size: int,
        seed: int,
        worker: int = 0,
        num_workers: int = 1,
    ) -> None:
        self._shards = list_shards(paths.items(data_dir))
        self._num_items = num_items
        self._image_size = image_size
        self._batch_size = batch_size
        self._items_per_step = batch_size // num_workers
        self._seed = tf.random.experimental.stateless_fold_in(
            tf.constant([seed, 0], tf.int64), worker
        )

    def from_step(self, first_step: int | tf.Tensor) -> tf.data.Dataset:
        """Returns the infinite dataset of batches that starts at a step.

        A batch holds `item`, fingerprints of the item ids, int64 [batch], and
        `photos`, uint8 [batch, size, size, 3]. A worker of several uses a part
        of it per step, as of `TripleStream.from_step`.

        Args:
            first_step: Index of the first batch, counted over all epochs.
        """
        first_item = first_step * self._items_per_step
        epoch = first_item // self._num_items
        skipped = first_item % self._num_items
        return (
            tf.data.Dataset.range(epoch, tf.int64.max)
            .flat_map(self._records)
            .skip(skipped)
            .batch(self._batch_size, drop_remainder=True)
            .map(self._parse, num_parallel_calls=tf.data.AUTOTUNE)
        )

    def _records(self, epoch: tf.Tensor) -> tf.data.Dataset:
        """Returns the serialized items of a pass over the catalog."""
        seed = tf.random.experimental.stateless_fold_in(self._seed, epoch)
        return shuffled_records(self._shards, seed, BUFFER)

    def _parse(self, serialized: tf.Tensor) -> dict[str, tf.Tensor]:
        items = parse_items(serialized)
        return {
            "item": fingerprint(items[feature_keys.ITEM_ID]),
            "photos": decode_jpegs(items[feature_keys.IMAGE], self._image_size),
        }

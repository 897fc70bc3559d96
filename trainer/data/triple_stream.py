"""Stream of triples (user, item, item image) from their shards.

A triple brings the image of its item, so that a worker needs no catalog: it
reads its own shards, and the memory depends on the buffers alone. Triples of
ids get their images from an `ImageFile` of their items. The order of an epoch
is a function of the seed and the epoch. A resumed run therefore builds
the epoch again and skips the triples of the steps that were done, before they
are decoded; no state of an iterator is saved.
"""

import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.manifest import IDS
from atelier.schema.manifest import Manifest
from atelier.schema.records import list_shards
from atelier.schema.records import read_records
from atelier.schema.triple import parse_interactions
from atelier.schema.triple import parse_triples
from trainer.data.fingerprint import fingerprint
from trainer.data.image_file import ImageFile
from trainer.data.images import decode_jpegs
from trainer.data.shuffled_shards import open_shards
from trainer.data.shuffled_shards import shuffled_records

BUFFER = 16_384
"""Triples in the shuffle buffer: about 80 MB with images of 128 pixels.

The triples of an item are in the same shards, so the buffer has to hold many
times those of a popular item.
"""


class TripleStream:
    """Batches of triples of one worker, in an order shuffled for each epoch.

    An epoch is as many steps for all workers. A worker whose shards hold less
    than its part reads some of its triples twice, one whose shards hold more
    leaves some out, others in each epoch.

    Example:
        stream = TripleStream("runs/mine/data", user_ids, 64, 128, 500, seed=0)
        batch = next(iter(stream.from_step(0)))

    Args:
        data_dir: Folder of a prepared data set.
        user_ids: User ids, in index order.
        image_size: Side of the images, in pixels.
        batch_size: Triples of a batch of all workers together.
        steps_per_epoch: Batches of an epoch.
        seed: Random seed of the order.
        worker: Index of this worker.
        num_workers: Number of workers; it divides `batch_size`.

    Raises:
        UserError: If the batch size is no multiple of the number of workers,
            this worker has no triples, or an item of them has no image.
    """

    def __init__(
        self,
        data_dir: str,
        user_ids: list[str],
        image_size: int,
        batch_size: int,
        steps_per_epoch: int,
        seed: int,
        worker: int = 0,
        num_workers: int = 1,
    ) -> None:
        if batch_size % num_workers:
            raise UserError(
                "a batch of a stream must be a multiple of the number of "
                f"workers, {num_workers}, got {batch_size}; give another "
                "--batch_size"
            )
        shards = list_shards(paths.triples(data_dir, "train"))
        self._shards = shards[worker::num_workers]
        self._image_size = image_size
        self._batch_size = batch_size
        self._steps_per_epoch = steps_per_epoch
        self._triples_per_step = batch_size // num_workers
        self._seed = seed
        if not self._shards or not any(open_shards(self._shards).take(1)):
            raise UserError(
                f"{data_dir} has no shard with triples for worker {worker} of "
                f"{num_workers}; prepare the data set with more --min_shards, "
                "or train with fewer workers"
            )
        self._images = None
        if Manifest.read(data_dir).triples == IDS:
            items_of = _item_shards(data_dir, shards)
            items_of = {path: items_of[path] for path in self._shards}
            self._images = ImageFile(sorted(set(items_of.values())))
            _require_images(self._images, items_of)
        with tf.device("CPU:0"):  # The input pipeline runs on the CPU.
            self._index = tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(
                    user_ids, tf.range(len(user_ids), dtype=tf.int64)
                ),
                default_value=-1,
            )

    @property
    def batch_size(self) -> int:
        """Triples of a batch of all workers together."""
        return self._batch_size

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch."""
        return self._steps_per_epoch

    def from_step(self, first_step: int | tf.Tensor) -> tf.data.Dataset:
        """Returns the infinite dataset of batches that starts at a step.

        A batch of this worker holds `user`, int64 [batch]; `item`, fingerprints
        of the item ids, int64 [batch]; `photos`, uint8 [batch, size, size, 3];
        and `weight`, float32 [batch], NaN where unknown. `tf.distribute` splits
        it over all replicas of all workers, so that a worker of several uses a
        part of it per step.

        Args:
            first_step: Index of the first batch, counted over all epochs.
        """
        epoch = first_step // self._steps_per_epoch
        step = first_step % self._steps_per_epoch
        options = tf.data.Options()
        policy = tf.data.experimental.AutoShardPolicy
        # The shards are those of this worker already.
        options.experimental_distribute.auto_shard_policy = policy.OFF
        return (
            tf.data.Dataset.range(epoch, tf.int64.max)
            .flat_map(self._records)
            .skip(step * self._triples_per_step)
            .batch(self._batch_size, drop_remainder=True)
            .map(self._parse)
            .map(self._decode, num_parallel_calls=tf.data.AUTOTUNE)
            .prefetch(tf.data.AUTOTUNE)
            .with_options(options)
        )

    def _records(self, epoch: tf.Tensor) -> tf.data.Dataset:
        """Returns the serialized triples of an epoch of this worker."""
        seed = tf.stack([tf.cast(self._seed, tf.int64), epoch])
        return (
            shuffled_records(self._shards, seed, BUFFER)
            .repeat()
            .take(self._steps_per_epoch * self._triples_per_step)
        )

    def _parse(self, serialized: tf.Tensor) -> dict[str, tf.Tensor]:
        parse = parse_interactions if self._images else parse_triples
        triples = parse(serialized)
        user = self._index.lookup(triples[feature_keys.USER_ID])
        tf.debugging.assert_non_negative(
            user, "a user of the triples is not in the vocabulary"
        )
        item = fingerprint(triples[feature_keys.ITEM_ID])
        return {
            "user": user,
            "item": item,
            "photos": self._images.read(item)
            if self._images
            else triples[feature_keys.IMAGE],
            "weight": triples[feature_keys.WEIGHT],
        }

    def _decode(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        photos = decode_jpegs(batch["photos"], self._image_size)
        return {**batch, "photos": photos}


def _item_shards(data_dir: str, triple_shards: list[str]) -> dict[str, str]:
    """Returns the shard of the items of each shard of triples, by path.

    The triples of an item shard are in as many consecutive shards each.
    """
    shards = list_shards(paths.items(data_dir))
    parts = len(triple_shards) // len(shards)
    return {
        path: shards[index // parts] for index, path in enumerate(triple_shards)
    }


def _require_images(images: ImageFile, items_of: dict[str, str]) -> None:
    """Checks that all items of triples have an image.

    Args:
        images: Images of the items.
        items_of: Path of the shard of the items of each shard of triples.

    Raises:
        UserError: If an item has none, or a shard is damaged.
    """
    for path, item_shard in items_of.items():
        for records in read_records(path):
            ids = parse_interactions(records)[feature_keys.ITEM_ID]
            lacking = images.lacks(fingerprint(ids).numpy())
            if lacking.any():
                item_id = ids.numpy()[lacking][0].decode()
                raise UserError(
                    f"{path} has an interaction with the item {item_id!r}, "
                    f"which {item_shard} does not hold; prepare the data set "
                    "again"
                )

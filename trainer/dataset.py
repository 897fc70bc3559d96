"""Reads a prepared data set into memory: who took what, and the photos.

Photos stay in memory because the sampler wants any of them at any time; as
encoded JPEGs a million of them are about ten gigabytes. Where the decoded
photos fit into the memory that the user allows, each is decoded only once.
"""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from records import features
from records import layout
from records.errors import UserError
from records.item import parse_items
from records.manifest import Manifest
from records.triple import parse_interactions
from records.vocabulary import read_vocabulary


@dataclasses.dataclass(frozen=True)
class Interactions:
    """Who took what, as indices into the vocabularies.

    Attributes:
        user_ids: The users, in index order.
        item_ids: The items, in index order.
        train: Item indices of each user, ascending: ragged int64
            [users, None].
        validation: The item held out for validation, int64 [users].
        test: The item held out for test, int64 [users].
    """

    user_ids: list[str]
    item_ids: list[str]
    train: tf.RaggedTensor
    validation: np.ndarray
    test: np.ndarray

    def seen(self, users: np.ndarray) -> np.ndarray:
        """Marks what users took, in any split.

        Args:
            users: User indices, int [batch].

        Returns:
            Bool [batch, items].
        """
        seen = np.zeros((len(users), len(self.item_ids)), dtype=bool)
        rows = np.arange(len(users))
        taken = tf.gather(self.train, users)
        seen[taken.value_rowids().numpy(), taken.values.numpy()] = True
        seen[rows, self.validation[users]] = True
        seen[rows, self.test[users]] = True
        return seen

    def train_counts(self) -> np.ndarray:
        """Returns how often each item was taken in train, int64 [items]."""
        return np.bincount(
            self.train.values.numpy(), minlength=len(self.item_ids)
        )


class Photos:
    """The photos of the catalogue, by item index.

    Args:
        jpegs: Encoded photos, one an item.
        image_size: Their side, in pixels.
        memory_bytes: Decoded photos are kept up to this size.
    """

    def __init__(
        self, jpegs: list[bytes], image_size: int, memory_bytes: int
    ) -> None:
        self._image_size = image_size
        shape = (len(jpegs), image_size, image_size, 3)
        with tf.device("CPU:0"):  # Where the input pipeline takes them.
            self._jpegs = tf.constant(jpegs)
            self._decoded = (
                tf.constant(self._decode_all(shape))
                if math.prod(shape) <= memory_bytes
                else None
            )

    def __len__(self) -> int:
        """Returns the number of photos."""
        return int(self._jpegs.shape[0])

    def take(self, indices: tf.Tensor) -> tf.Tensor:
        """Returns decoded photos; works in a graph as well.

        Args:
            indices: Item indices, int [batch].

        Returns:
            uint8 [batch, image_size, image_size, 3].
        """
        if self._decoded is not None:
            return tf.gather(self._decoded, indices)
        return self._decode(tf.gather(self._jpegs, indices))

    def jpeg(self, index: int) -> bytes:
        """Returns an encoded photo."""
        jpeg: bytes = self._jpegs[index].numpy()
        return jpeg

    def _decode(self, jpegs: tf.Tensor) -> tf.Tensor:
        shape = (self._image_size, self._image_size, 3)
        return tf.map_fn(
            lambda jpeg: tf.ensure_shape(tf.io.decode_jpeg(jpeg, 3), shape),
            jpegs,
            fn_output_signature=tf.TensorSpec(shape, tf.uint8),
        )

    def _decode_all(self, shape: tuple[int, ...]) -> np.ndarray:
        decoded = np.empty(shape, np.uint8)
        batches = (
            tf.data.Dataset.range(shape[0])
            .batch(256)
            .map(
                lambda indices: (
                    indices,
                    self._decode(tf.gather(self._jpegs, indices)),
                ),
                num_parallel_calls=tf.data.AUTOTUNE,
            )
        )
        for indices, photos in batches:
            decoded[indices] = photos
        return decoded


def load_interactions(data_dir: str) -> Interactions:
    """Reads vocabularies and triples.

    Args:
        data_dir: A prepared data set.

    Raises:
        UserError: If the data set is not finished or contradicts itself.
    """
    Manifest.read(data_dir)
    user_ids = read_vocabulary(layout.vocabulary(data_dir, "users"))
    item_ids = read_vocabulary(layout.vocabulary(data_dir, "items"))
    user_index = {one: index for index, one in enumerate(user_ids)}
    item_index = {one: index for index, one in enumerate(item_ids)}

    def pairs(split: str) -> np.ndarray:
        """Returns (user, item) indices, sorted, int64 [n, 2]."""
        found = []
        for batch in layout.read_records(layout.triples(data_dir, split)):
            parsed = parse_interactions(batch)
            for user, item in zip(
                parsed[features.USER_ID].numpy(),
                parsed[features.ITEM_ID].numpy(),
                strict=True,
            ):
                try:
                    found.append(
                        (user_index[user.decode()], item_index[item.decode()])
                    )
                except KeyError as error:
                    raise _contradiction(data_dir, error) from error
        return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)

    train = pairs("train")
    held_out = {split: pairs(split) for split in ("validation", "test")}
    for split, rows in held_out.items():
        if not np.array_equal(rows[:, 0], np.arange(len(user_ids))):
            raise UserError(
                f"{data_dir} holds out {len(rows)} {split} items for "
                f"{len(user_ids)} users, one each was expected; prepare again"
            )
    if len(train) and np.bincount(train[:, 0]).max() + 2 >= len(item_ids):
        raise UserError(
            f"some user of {data_dir} took every item, so there is nothing to "
            "rank; prepare it with more items"
        )
    return Interactions(
        user_ids=user_ids,
        item_ids=item_ids,
        train=tf.RaggedTensor.from_value_rowids(
            train[:, 1], train[:, 0], nrows=len(user_ids)
        ),
        validation=held_out["validation"][:, 1],
        test=held_out["test"][:, 1],
    )


def load_photos(data_dir: str, memory_bytes: int) -> Photos:
    """Reads the photos of a prepared data set, in the order of its items.

    Args:
        data_dir: A prepared data set.
        memory_bytes: Decoded photos are kept up to this size.

    Raises:
        UserError: If the data set is not finished or contradicts itself.
    """
    manifest = Manifest.read(data_dir)
    item_ids = read_vocabulary(layout.vocabulary(data_dir, "items"))
    jpegs: dict[str, bytes] = {}
    for batch in layout.read_records(layout.items(data_dir)):
        parsed = parse_items(batch)
        for item, image in zip(
            parsed[features.ITEM_ID].numpy(),
            parsed[features.IMAGE].numpy(),
            strict=True,
        ):
            jpegs[item.decode()] = image
    try:
        ordered = [jpegs[item_id] for item_id in item_ids]
    except KeyError as error:
        raise _contradiction(data_dir, error) from error
    return Photos(ordered, manifest.image_size, memory_bytes)


def _contradiction(data_dir: str, missing: KeyError) -> UserError:
    return UserError(
        f"{data_dir} contradicts itself: {missing} stands in some of its files "
        "and not in others; prepare it again"
    )

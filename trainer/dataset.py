"""Reads a prepared data set into memory: who took what, and the photos.

Photos stay in memory because the sampler wants any of them at any time; as
encoded JPEGs a million of them are about ten gigabytes. Where the decoded
photos fit into the memory that the user allows, each is decoded only once.
"""

import dataclasses
import functools
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
        validation: (user, item) pairs held out for validation, sorted: none,
            one or several of a user, int64 [pairs, 2].
        test: Those held out for test, int64 [pairs, 2].
    """

    user_ids: list[str]
    item_ids: list[str]
    train: tf.RaggedTensor
    validation: np.ndarray
    test: np.ndarray

    @functools.cached_property
    def taken(self) -> tf.RaggedTensor:
        """Item indices of each user in all splits, int64 [users, None]."""
        held_out = [
            by_user(pairs, len(self.user_ids))
            for pairs in (self.validation, self.test)
        ]
        return tf.concat([self.train, *held_out], axis=1)

    def seen(self, users: np.ndarray) -> np.ndarray:
        """Marks what users took, in any split.

        Args:
            users: User indices, int [batch]; one may come several times.

        Returns:
            Bool [batch, items].
        """
        seen = np.zeros((len(users), len(self.item_ids)), dtype=bool)
        taken = tf.gather(self.taken, users)
        seen[taken.value_rowids().numpy(), taken.values.numpy()] = True
        return seen

    def train_counts(self) -> np.ndarray:
        """Returns how often each item was taken in train, int64 [items]."""
        return np.bincount(
            self.train.values.numpy(), minlength=len(self.item_ids)
        )


@dataclasses.dataclass(frozen=True)
class NewPeople:
    """People whom training never sees, and what they took.

    Attributes:
        given: A random half of the items of each, the larger where the number
            is odd, ascending: ragged int64 [people, None].
        hidden: The others, as (person, item) pairs, sorted, int64 [pairs, 2].
    """

    given: tf.RaggedTensor
    hidden: np.ndarray


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
    counts = Manifest.read(data_dir).counts
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
        if len(found) != counts.get(split, 0):
            raise UserError(
                f"{data_dir} holds {len(found)} {split} triples, its manifest "
                f"says {counts.get(split, 0)}; prepare it again"
            )
        return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)

    interactions = Interactions(
        user_ids=user_ids,
        item_ids=item_ids,
        train=by_user(pairs("train"), len(user_ids)),
        validation=pairs("validation"),
        test=pairs("test"),
    )
    if tf.reduce_any(interactions.taken.row_lengths() >= len(item_ids)):
        raise UserError(
            f"some user of {data_dir} took every item, so there is nothing to "
            "rank; prepare it with more items"
        )
    return interactions


def hold_out_people(
    interactions: Interactions, share: float, seed: int
) -> tuple[Interactions, NewPeople | None]:
    """Takes people out of a data set, with all that they took.

    Args:
        interactions: Who took what.
        share: Of the people.
        seed: Of the draw of people and of halves.

    Returns:
        The data set of all others, and those who were taken out, if any; of
        one item nothing can be hidden, so who took one stays.
    """
    taken = interactions.taken
    rng = np.random.default_rng((seed, 2))
    enough = np.flatnonzero(taken.row_lengths().numpy() > 1)
    number = round(share * len(enough))
    if not number:
        return interactions, None
    chosen = np.sort(rng.permutation(enough)[:number])
    given, hidden = [], []
    for person, user in enumerate(chosen):
        items = rng.permutation(taken[user].numpy())
        half = (len(items) + 1) // 2
        given += [(person, item) for item in items[:half]]
        hidden += [(person, item) for item in items[half:]]
    new_people = NewPeople(
        by_user(np.array(sorted(given)), number), np.array(sorted(hidden))
    )
    return _without(interactions, chosen), new_people


def _without(interactions: Interactions, users: np.ndarray) -> Interactions:
    """Returns the data set without some users."""
    stays = np.ones(len(interactions.user_ids), bool)
    stays[users] = False
    new_index = np.cumsum(stays) - 1

    def rest(pairs: np.ndarray) -> np.ndarray:
        pairs = pairs[stays[pairs[:, 0]]]
        return np.stack([new_index[pairs[:, 0]], pairs[:, 1]], axis=1)

    return Interactions(
        user_ids=[
            user_id
            for user_id, one in zip(interactions.user_ids, stays, strict=True)
            if one
        ],
        item_ids=interactions.item_ids,
        train=tf.ragged.boolean_mask(interactions.train, stays),
        validation=rest(interactions.validation),
        test=rest(interactions.test),
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


def load_categories(data_dir: str) -> np.ndarray:
    """Reads the category of each item, in the order of the items.

    Args:
        data_dir: A prepared data set.

    Returns:
        Numbers of categories, counted from 0; an item without one is in a
        category of its own kind, int64 [items].
    """
    found: dict[str, str] = {}
    for batch in layout.read_records(layout.items(data_dir)):
        parsed = parse_items(batch)
        for item, category in zip(
            parsed[features.ITEM_ID].numpy(),
            parsed[features.CATEGORY].numpy(),
            strict=True,
        ):
            found[item.decode()] = category.decode()
    item_ids = read_vocabulary(layout.vocabulary(data_dir, "items"))
    _, numbers = np.unique(
        [found[item_id] for item_id in item_ids], return_inverse=True
    )
    return numbers.astype(np.int64)


def by_user(pairs: np.ndarray, num_users: int) -> tf.RaggedTensor:
    """Returns the items of sorted (user, item) pairs, [users, None]."""
    return tf.RaggedTensor.from_value_rowids(
        pairs[:, 1], pairs[:, 0], nrows=num_users
    )


def _contradiction(data_dir: str, missing: KeyError) -> UserError:
    return UserError(
        f"{data_dir} contradicts itself: {missing} stands in some of its files "
        "and not in others; prepare it again"
    )

"""User-item interactions as indices into the vocabularies."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from atelier.schema.records import read_records
from atelier.schema.triple import NO_TIME
from atelier.schema.triple import parse_interactions
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.items import contradiction

SECONDS_PER_DAY = 86_400


@dataclasses.dataclass(frozen=True)
class Interactions:
    """User-item interactions of all splits.

    Attributes:
        user_ids: User ids, in index order.
        item_ids: Item ids, in index order.
        train: Training item indices of each user, ascending: ragged int64
            [users, None].
        validation: (user, item) pairs held out for validation, sorted; a user
            has any number of them, int64 [pairs, 2].
        test: (user, item) pairs held out for the test, sorted; a user has any
            number of them, int64 [pairs, 2].
        weights: Positive weights of the training interactions, ragged float32
            like `train`; None if they have none.
        owned: Whether the user owns the item of each training interaction,
            ragged bool like `train`; None if all are owned.
        times: Times of the training interactions in seconds since 1970, ragged
            int64 like `train`; None if they have none.
        negatives: Indices of the items that each user rejected, ascending:
            ragged int64 [users, None]; None without explicit negatives.
        negative_weights: Positive weights of the rejections, ragged float32
            like `negatives`.
    """

    user_ids: list[str]
    item_ids: list[str]
    train: tf.RaggedTensor
    validation: np.ndarray
    test: np.ndarray
    weights: tf.RaggedTensor | None = None
    owned: tf.RaggedTensor | None = None
    times: tf.RaggedTensor | None = None
    negatives: tf.RaggedTensor | None = None
    negative_weights: tf.RaggedTensor | None = None

    @functools.cached_property
    def interacted(self) -> tf.RaggedTensor:
        """Item indices of each user in all splits, int64 [users, None]."""
        held_out = [
            by_user(pairs, len(self.user_ids))
            for pairs in (self.validation, self.test)
        ]
        return tf.concat([self.train, *held_out], axis=1)

    @functools.cached_property
    def owned_items(self) -> tf.RaggedTensor:
        """Training items that users own, ascending: int64 [users, None]."""
        if self.owned is None:
            return self.train
        return tf.ragged.boolean_mask(self.train, self.owned)

    @functools.cached_property
    def recency(self) -> np.ndarray | None:
        """Ages and orders of the training interactions; None without times.

        The age is the number of days before the last training interaction of
        all users. The order is 1 for the user's latest interactions, 2 for
        those before, and so on; interactions of one time share it. Float32
        [interactions, 2], in the order of `train.values`.
        """
        if self.times is None:
            return None
        users = self.train.value_rowids().numpy()
        times = self.times.values.numpy()
        latest_first = np.lexsort((-times, users))
        earlier = np.diff(times[latest_first], prepend=0) != 0
        starts = np.diff(users[latest_first], prepend=-1) != 0
        steps = np.cumsum(earlier | starts)
        orders = np.empty(len(times))
        orders[latest_first] = 1 + steps - steps[starts][np.cumsum(starts) - 1]
        ages = (times.max() - times) / SECONDS_PER_DAY
        return np.stack([ages, orders], axis=1).astype(np.float32)

    def train_counts(self) -> np.ndarray:
        """Returns the training interaction count of items, int64 [items]."""
        return np.bincount(
            self.train.values.numpy(), minlength=len(self.item_ids)
        )

    def weighed(self, power: float) -> "Interactions":
        """Returns the interactions with weights of mean 1.

        The weight of an interaction becomes w^power over the mean of w^power of
        all training interactions, and that of a rejection |w|^power over the
        same mean.

        Args:
            power: Power of the weights; 0 makes all equal.
        """
        if self.weights is None:
            return self
        raised, rejected = self.weights**power, self.negative_weights
        mean = tf.reduce_mean(raised.values)
        return dataclasses.replace(
            self,
            weights=raised / mean if power else None,
            negative_weights=None
            if rejected is None
            else rejected**power / mean,
        )


class _Records(NamedTuple):
    """Interactions of a split on disk, sorted by user, then item.

    Attributes:
        pairs: (user, item) indices, int64 [n, 2].
        times: Times, `NO_TIME` where unknown, int64 [n].
        weights: Weights, NaN where unknown, float32 [n].
    """

    pairs: np.ndarray
    times: np.ndarray
    weights: np.ndarray


def load_interactions(data_dir: str) -> Interactions:
    """Loads the vocabularies and the interactions of all splits.

    An interaction without a weight counts as the mean of the others, one
    without a time as old as the oldest of its user.

    Args:
        data_dir: Folder of a prepared data set.

    Raises:
        UserError: If the data set is unfinished, its files are inconsistent,
            or a user interacted with every item.
    """
    manifest = Manifest.read(data_dir)
    user_ids, item_ids = (
        read_vocabulary(paths.vocabulary(data_dir, name))
        for name in ("users", "items")
    )
    records = _read_all(data_dir, manifest.counts, user_ids, item_ids)
    negative = records[paths.NEGATIVE]
    train, negatives = (
        by_user(pairs, len(user_ids))
        for pairs in (records["train"].pairs, negative.pairs)
    )
    interactions = Interactions(
        user_ids=user_ids,
        item_ids=item_ids,
        train=train,
        validation=records["validation"].pairs,
        test=records["test"].pairs,
        weights=_aligned(train, _weights(records["train"], data_dir)),
        owned=_aligned(train, _owned(records["train"], manifest)),
        times=_aligned(train, _times(records["train"], train)),
    )
    if len(negative.pairs):
        interactions = dataclasses.replace(
            interactions,
            negatives=negatives,
            negative_weights=_aligned(negatives, np.abs(negative.weights)),
        )
    if tf.reduce_any(interactions.interacted.row_lengths() >= len(item_ids)):
        raise UserError(
            f"a user of {data_dir} interacted with every item, so no item is "
            "left to rank; prepare the data set with more items"
        )
    return interactions


def by_user(pairs: np.ndarray, num_users: int) -> tf.RaggedTensor:
    """Groups (user, item) pairs by user.

    Args:
        pairs: (user, item) indices, sorted, int64 [pairs, 2].
        num_users: Number of users.

    Returns:
        Item indices of each user: ragged int64 [users, None].
    """
    return tf.RaggedTensor.from_value_rowids(
        pairs[:, 1], pairs[:, 0], nrows=num_users
    )


def _read_all(
    data_dir: str,
    counts: Mapping[str, int],
    user_ids: list[str],
    item_ids: list[str],
) -> dict[str, _Records]:
    """Reads the interactions of all splits, and the explicit negatives."""
    user_index, item_index = (
        {id_.encode(): index for index, id_ in enumerate(ids)}
        for ids in (user_ids, item_ids)
    )
    return {
        split: _read(
            data_dir, split, counts.get(split, 0), user_index, item_index
        )
        for split in (*paths.SPLITS, paths.NEGATIVE)
    }


def _read(
    data_dir: str,
    split: str,
    count: int,
    user_index: Mapping[bytes, int],
    item_index: Mapping[bytes, int],
) -> _Records:
    """Reads the interactions of a split, `count` by the manifest."""
    parsed = [
        parse_interactions(batch)
        for batch in read_records(paths.triples(data_dir, split))
    ]

    def column(name: str, dtype: type) -> np.ndarray:
        parts = [batch[name].numpy() for batch in parsed]
        return np.concatenate([np.empty(0, dtype), *parts])

    users = column(feature_keys.USER_ID, object)
    items = column(feature_keys.ITEM_ID, object)
    try:
        pairs = np.array(
            [
                [user_index[user] for user in users],
                [item_index[item] for item in items],
            ],
            np.int64,
        ).T
    except KeyError as error:
        missing = KeyError(error.args[0].decode())
        raise contradiction(data_dir, missing) from error
    if len(pairs) != count:
        raise UserError(
            f"{data_dir} holds {len(pairs)} {split} interactions, but its "
            f"manifest counts {count}; prepare the data set again"
        )
    order = np.lexsort(pairs.T[::-1])
    return _Records(
        pairs[order],
        column(feature_keys.TIME, np.int64)[order],
        column(feature_keys.WEIGHT, np.float32)[order],
    )


def _weights(records: _Records, data_dir: str) -> np.ndarray | None:
    """Returns the weights, the mean where unknown; None if all are unknown."""
    unknown = np.isnan(records.weights)
    if unknown.all():
        return None
    if (records.weights <= 0).any():
        raise UserError(
            f"training interactions of {data_dir} have weights of 0 or less, "
            "which an earlier version kept; prepare the data set again"
        )
    mean = np.nanmean(records.weights)
    weights: np.ndarray = np.where(unknown, mean, records.weights)
    return weights


def _owned(records: _Records, manifest: Manifest) -> np.ndarray | None:
    """Returns a mask of the owned items, also where the weight is unknown."""
    owned_weight = manifest.options.get("owned_weight")
    if owned_weight is None:
        return None
    is_light: np.ndarray = records.weights < np.float32(owned_weight)
    return ~is_light


def _times(records: _Records, train: tf.RaggedTensor) -> np.ndarray | None:
    """Returns the times, the earliest of the user, else of all, if unknown."""
    unknown = records.times == NO_TIME
    if unknown.all():
        return None
    users = train.value_rowids().numpy()
    earliest = np.full(int(train.nrows()), np.iinfo(np.int64).max)
    np.minimum.at(earliest, users[~unknown], records.times[~unknown])
    earliest[earliest == np.iinfo(np.int64).max] = earliest.min()
    times: np.ndarray = np.where(unknown, earliest[users], records.times)
    return times


def _aligned(
    rows: tf.RaggedTensor, values: np.ndarray | None
) -> tf.RaggedTensor | None:
    return None if values is None else rows.with_values(values)

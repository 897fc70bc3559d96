"""User-item interactions as indices into the vocabularies."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from atelier.schema.records import read_records
from atelier.schema.triple import parse_interactions
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.items import contradiction


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
    """

    user_ids: list[str]
    item_ids: list[str]
    train: tf.RaggedTensor
    validation: np.ndarray
    test: np.ndarray

    @functools.cached_property
    def interacted(self) -> tf.RaggedTensor:
        """Item indices of each user in all splits, int64 [users, None]."""
        held_out = [
            by_user(pairs, len(self.user_ids))
            for pairs in (self.validation, self.test)
        ]
        return tf.concat([self.train, *held_out], axis=1)

    def train_counts(self) -> np.ndarray:
        """Returns the training interaction count of items, int64 [items]."""
        return np.bincount(
            self.train.values.numpy(), minlength=len(self.item_ids)
        )


def load_interactions(data_dir: str) -> Interactions:
    """Loads the vocabularies and the interactions of all splits.

    Args:
        data_dir: Folder of a prepared data set.

    Raises:
        UserError: If the data set is unfinished, its files are inconsistent,
            or a user interacted with every item.
    """
    counts = Manifest.read(data_dir).counts
    user_ids, item_ids = (
        read_vocabulary(paths.vocabulary(data_dir, name))
        for name in ("users", "items")
    )
    train, validation, test = (
        _read_pairs(data_dir, split, counts.get(split, 0), user_ids, item_ids)
        for split in paths.SPLITS
    )
    interactions = Interactions(
        user_ids=user_ids,
        item_ids=item_ids,
        train=by_user(train, len(user_ids)),
        validation=validation,
        test=test,
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


def _read_pairs(
    data_dir: str,
    split: str,
    count: int,
    user_ids: list[str],
    item_ids: list[str],
) -> np.ndarray:
    """Returns (user, item) indices, sorted, int64 [count, 2]."""
    user_index = {id_: index for index, id_ in enumerate(user_ids)}
    item_index = {id_: index for index, id_ in enumerate(item_ids)}
    pairs = []
    for batch in read_records(paths.triples(data_dir, split)):
        parsed = parse_interactions(batch)
        for user, item in zip(
            parsed[feature_keys.USER_ID].numpy(),
            parsed[feature_keys.ITEM_ID].numpy(),
            strict=True,
        ):
            try:
                pairs.append(
                    (user_index[user.decode()], item_index[item.decode()])
                )
            except KeyError as error:
                raise contradiction(data_dir, error) from error
    if len(pairs) != count:
        raise UserError(
            f"{data_dir} holds {len(pairs)} {split} interactions, but its "
            f"manifest counts {count}; prepare the data set again"
        )
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)

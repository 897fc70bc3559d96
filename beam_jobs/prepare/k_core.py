"""The k-core: users and items that have enough of each other.

A user must also have something to train on: one whose things are all held out
is no user, and no taker of items.
"""

import array
import dataclasses
from collections.abc import Iterable

import apache_beam as beam
import numpy as np

from beam_jobs.stable_hash import id_hash

Pairs = tuple[array.array, array.array, array.array]


@dataclasses.dataclass(frozen=True)
class CoreCounts:
    """How many interactions each user, or each item, has in the end.

    Attributes:
        hashes: `id_hash` of each id, sorted, uint64 [n].
        counts: Its interactions in the core, or when it was dropped, [n].
        kept: Whether it is in the core, bool [n].
        least: How many an id needs.
    """

    hashes: np.ndarray
    counts: np.ndarray
    kept: np.ndarray
    least: int

    def shortage(self, one: str) -> str | None:
        """Says how an id has too few for the core, None if it has not."""
        wanted = id_hash(one)
        place = int(np.searchsorted(self.hashes, np.uint64(wanted)))
        if place < len(self.hashes) and self.hashes[place] == wanted:
            if self.kept[place]:
                return None
            found = int(self.counts[place])
        else:
            found = 0
        if found >= self.least:
            return None
        return (
            f"has {found} usable interactions, at least {self.least} are asked "
            "for"
        )


@dataclasses.dataclass(frozen=True)
class Core:
    """The users and items of a data set.

    Attributes:
        users: Counts of the users.
        items: Counts of the items.
    """

    users: CoreCounts
    items: CoreCounts


class ComputeKCore(beam.CombineFn):
    """Finds the core of all interactions, on one worker.

    Needs 17 bytes an interaction: ids go by a hash of 64 bits. Applied to
    (user id, (item id, may train) of each), each item once.

    Args:
        min_user_interactions: Users with fewer are dropped.
        min_item_interactions: Items with fewer are dropped.
    """

    def __init__(
        self, min_user_interactions: int, min_item_interactions: int
    ) -> None:
        self._min_user = min_user_interactions
        self._min_item = min_item_interactions

    def create_accumulator(self) -> Pairs:
        """Returns no pairs: hashes of users, of their items, may train."""
        return array.array("Q"), array.array("Q"), array.array("B")

    def add_input(
        self, pairs: Pairs, element: tuple[str, Iterable[tuple[str, bool]]]
    ) -> Pairs:
        """Adds one user."""
        user_id, taken = element
        user = id_hash(user_id)
        for item_id, may_train in taken:
            pairs[0].append(user)
            pairs[1].append(id_hash(item_id))
            pairs[2].append(may_train)
        return pairs

    def merge_accumulators(self, accumulators: Iterable[Pairs]) -> Pairs:
        """Puts the pairs of several workers together."""
        merged = self.create_accumulator()
        for pairs in accumulators:
            for whole, part in zip(merged, pairs, strict=True):
                whole.extend(part)
        return merged

    def extract_output(self, pairs: Pairs) -> Core:
        """Returns the core."""
        return find_core(
            np.frombuffer(pairs[0], np.uint64),
            np.frombuffer(pairs[1], np.uint64),
            np.frombuffer(pairs[2], np.uint8),
            self._min_user,
            self._min_item,
        )


def find_core(
    users: np.ndarray,
    items: np.ndarray,
    may_train: np.ndarray,
    min_user: int,
    min_item: int,
) -> Core:
    """Drops users and items that have too few, until none is left to drop.

    Args:
        users: User of each interaction, uint64 [n].
        items: Item of each interaction, uint64 [n]; no pair twice.
        may_train: Which of them may be for training, 0 or 1, [n].
        min_user: Interactions that a user needs.
        min_item: Interactions that an item needs.

    Returns:
        The core. It is unique: the largest set in which all have enough and
        each user has one that may be for training.
    """
    user_hashes, user = np.unique(users, return_inverse=True)
    item_hashes, item = np.unique(items, return_inverse=True)
    kept_users = np.ones(len(user_hashes), bool)
    kept_items = np.ones(len(item_hashes), bool)
    user_counts = np.bincount(user, minlength=len(user_hashes))
    item_counts = np.bincount(item, minlength=len(item_hashes))
    while True:
        trains = np.bincount(user, may_train, minlength=len(user_hashes)) > 0
        drop_users = kept_users & ((user_counts < min_user) | ~trains)
        drop_items = kept_items & (item_counts < min_item)
        if not (drop_users.any() or drop_items.any()):
            break
        kept_users &= ~drop_users
        kept_items &= ~drop_items
        alive = kept_users[user] & kept_items[item]
        user, item, may_train = user[alive], item[alive], may_train[alive]
        # What was dropped keeps the count that it was dropped for.
        user_counts = np.where(
            kept_users,
            np.bincount(user, minlength=len(user_hashes)),
            user_counts,
        )
        item_counts = np.where(
            kept_items,
            np.bincount(item, minlength=len(item_hashes)),
            item_counts,
        )
    return Core(
        CoreCounts(user_hashes, user_counts, kept_users, min_user),
        CoreCounts(item_hashes, item_counts, kept_items, min_item),
    )

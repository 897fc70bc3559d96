"""The k-core: users and items that have enough of each other."""

import array
import dataclasses
from collections.abc import Iterable

import apache_beam as beam
import numpy as np

from beam_jobs.hashing import id_hash

Pairs = tuple[array.array, array.array]


@dataclasses.dataclass(frozen=True)
class Counts:
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
        """Says why an id is not in the core, None where it is."""
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

    users: Counts
    items: Counts


class FindCore(beam.CombineFn):
    """Finds the core of all interactions, on one worker.

    Needs 16 bytes an interaction: ids go by a hash of 64 bits. Applied to
    (user id, item ids) of each user, each item once.

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
        """Returns no pairs: hashes of users, hashes of their items."""
        return array.array("Q"), array.array("Q")

    def add_input(
        self, pairs: Pairs, element: tuple[str, Iterable[str]]
    ) -> Pairs:
        """Adds one user."""
        user_id, item_ids = element
        hashes = [id_hash(item_id) for item_id in item_ids]
        pairs[0].extend([id_hash(user_id)] * len(hashes))
        pairs[1].extend(hashes)
        return pairs

    def merge_accumulators(self, accumulators: Iterable[Pairs]) -> Pairs:
        """Puts the pairs of several workers together."""
        merged = self.create_accumulator()
        for users, items in accumulators:
            merged[0].extend(users)
            merged[1].extend(items)
        return merged

    def extract_output(self, pairs: Pairs) -> Core:
        """Returns the core."""
        users, items = (np.frombuffer(one, np.uint64) for one in pairs)
        return find_core(users, items, self._min_user, self._min_item)


def find_core(
    users: np.ndarray, items: np.ndarray, min_user: int, min_item: int
) -> Core:
    """Drops users and items that have too few, until none is left to drop.

    Args:
        users: User of each interaction, uint64 [n].
        items: Item of each interaction, uint64 [n]; no pair twice.
        min_user: Interactions that a user needs.
        min_item: Interactions that an item needs.

    Returns:
        The core. It is unique: the largest set in which all have enough.
    """
    user_hashes, user = np.unique(users, return_inverse=True)
    item_hashes, item = np.unique(items, return_inverse=True)
    kept_users = np.ones(len(user_hashes), bool)
    kept_items = np.ones(len(item_hashes), bool)
    user_counts = np.bincount(user, minlength=len(user_hashes))
    item_counts = np.bincount(item, minlength=len(item_hashes))
    while True:
        drop_users = kept_users & (user_counts < min_user)
        drop_items = kept_items & (item_counts < min_item)
        if not (drop_users.any() or drop_items.any()):
            break
        kept_users &= ~drop_users
        kept_items &= ~drop_items
        alive = kept_users[user] & kept_items[item]
        user, item = user[alive], item[alive]
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
        Counts(user_hashes, user_counts, kept_users, min_user),
        Counts(item_hashes, item_counts, kept_items, min_item),
    )

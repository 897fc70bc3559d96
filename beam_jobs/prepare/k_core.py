"""k-core of the interactions: users and items with enough of each other.

A user also needs at least one interaction for training. A user whose items are
all held out is dropped, and no longer counts for the items.
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
    """Interaction counts of the users, or of the items, in the k-core.

    Attributes:
        hashes: `id_hash` of each id, sorted, uint64 [n].
        counts: Interaction count of each id in the core, or at the time that
            it was dropped, int64 [n].
        kept: Whether each id is in the core, bool [n].
        least: Minimum interaction count of an id.
    """

    hashes: np.ndarray
    counts: np.ndarray
    kept: np.ndarray
    least: int

    def shortage(self, id_: str) -> str | None:
        """Returns the reason if an id has too few interactions, else None."""
        key = id_hash(id_)
        place = int(np.searchsorted(self.hashes, np.uint64(key)))
        if place < len(self.hashes) and self.hashes[place] == key:
            if self.kept[place]:
                return None
            count = int(self.counts[place])
        else:
            count = 0
        return shortage_of(count, self.least)


def shortage_of(count: int, least: int) -> str | None:
    """Returns the reason if a count is below its minimum, else None."""
    if count >= least:
        return None
    return f"has {count} usable interactions, at least {least} are required"


@dataclasses.dataclass(frozen=True)
class Core:
    """k-core of a data set.

    Attributes:
        users: Interaction counts of the users.
        items: Interaction counts of the items.
    """

    users: CoreCounts
    items: CoreCounts


class ComputeKCore(beam.CombineFn):
    """Computes the k-core of all interactions on one worker.

    Uses 17 bytes of memory per interaction, and 66 at the peak: ids are
    replaced by 64-bit hashes.
    The input elements are (user id, [(item id, may train)]) with distinct item
    ids.

    Args:
        min_user_interactions: Minimum interaction count of a user.
        min_item_interactions: Minimum interaction count of an item.

    Example:
        core = interactions_by_user | beam.CombineGlobally(ComputeKCore(5, 0))
    """

    def __init__(
        self, min_user_interactions: int, min_item_interactions: int
    ) -> None:
        self._min_user = min_user_interactions
        self._min_item = min_item_interactions

    def create_accumulator(self) -> Pairs:
        """Returns empty arrays: user hashes, item hashes, may train."""
        return array.array("Q"), array.array("Q"), array.array("B")

    def add_input(
        self, pairs: Pairs, element: tuple[str, Iterable[tuple[str, bool]]]
    ) -> Pairs:
        """Appends the interactions of one user."""
        user_id, item_ids = element
        user = id_hash(user_id)
        for item_id, may_train in item_ids:
            pairs[0].append(user)
            pairs[1].append(id_hash(item_id))
            pairs[2].append(may_train)
        return pairs

    def merge_accumulators(self, accumulators: Iterable[Pairs]) -> Pairs:
        """Concatenates the interactions of several workers."""
        merged = self.create_accumulator()
        for pairs in accumulators:
            for whole, part in zip(merged, pairs, strict=True):
                whole.extend(part)
        return merged

    def extract_output(self, pairs: Pairs) -> Core:
        """Returns the k-core of the accumulated interactions."""
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
    """Drops users and items with too few interactions until all have enough.

    Args:
        users: User hash of each interaction, uint64 [n].
        items: Item hash of each interaction, uint64 [n]; pairs are distinct.
        may_train: Whether each interaction may be for training, uint8 [n], 0
            or 1.
        min_user: Minimum interaction count of a user.
        min_item: Minimum interaction count of an item.

    Returns:
        The unique largest set of users and items in which all have enough
        interactions and each user has one that may be for training.
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
        # A dropped id keeps its count, which the rejection reports.
        user_counts = _recount(user, kept_users, user_counts)
        item_counts = _recount(item, kept_items, item_counts)
    return Core(
        CoreCounts(user_hashes, user_counts, kept_users, min_user),
        CoreCounts(item_hashes, item_counts, kept_items, min_item),
    )


def _recount(
    ids: np.ndarray, kept: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """Returns the counts of the kept ids, and the earlier ones of the others.

    Args:
        ids: Index of the user or item of each interaction, int64 [n].
        kept: Whether each user or item is kept, bool [ids].
        counts: Earlier counts, int64 [ids].
    """
    return np.where(kept, np.bincount(ids, minlength=len(kept)), counts)

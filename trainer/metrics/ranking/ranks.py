"""Ranks held-out items among the whole catalogue, in flat memory.

The item of a pair is compared with every item that its user never took (in
train, validation or test). Users are scored in chunks, so that a block of
scores has the same size whatever the catalogue.
"""

import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from trainer.metrics.ranking.beyond_accuracy import NOBODY
from trainer.metrics.ranking.beyond_accuracy import top_k
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.scorer import Scorer
from trainer.metrics.ranking.scorer import restricted

BLOCK_BYTES = 64 << 20
"""How large a block of float32 scores may be."""

NEGATIVES = 100
"""How many items the paper's own code draws for the AUC of a pair."""


@dataclasses.dataclass(frozen=True)
class Ranks:
    """Where the item of each held-out pair stands.

    Attributes:
        users: Whose it is, int64 [pairs].
        greater: Candidates that score higher, int64 [pairs].
        equal: Candidates that score the same, int64 [pairs].
        candidates: Items that the user never took, int64 [pairs].
        beaten: Drawn items that score lower, int64 [pairs].
        drawn: Drawn items that it was compared with, int64 [pairs].
    """

    users: np.ndarray
    greater: np.ndarray
    equal: np.ndarray
    candidates: np.ndarray
    beaten: np.ndarray
    drawn: np.ndarray

    def ranks(self) -> np.ndarray:
        """Returns the rank from 1, ties lost, int64 [pairs]."""
        return self.greater + self.equal + 1

    def of(self, pairs: np.ndarray) -> "Ranks":
        """Returns the ranks of some pairs, bool or int [pairs]."""
        return Ranks(
            *(
                getattr(self, one.name)[pairs]
                for one in dataclasses.fields(self)
            )
        )


@dataclasses.dataclass(frozen=True)
class Ranking:
    """What a model makes of held-out pairs.

    Attributes:
        ranks: Where their items stand, in the order of the pairs.
        lists: The best items for each of their users (`HeldOut.users`): of
            what the user took, only the items of the pairs may stand there.
            int64 [users, k], filled with `lists.NOBODY`.
    """

    ranks: Ranks
    lists: np.ndarray


def rank_held_out(
    score: Scorer, held_out: HeldOut, k: int = 10, seed: int = 0
) -> Ranking:
    """Ranks each held-out item among the items that its user never took.

    Args:
        score: Scores all items for some users.
        held_out: What to rank.
        k: Length of the lists.
        seed: Of the negatives that are drawn, the same for every model.

    Returns:
        The counts from which every metric follows.
    """
    ranker = _Ranker(held_out, k, seed)
    chunk = max(1, BLOCK_BYTES // (4 * held_out.num_items))
    for start in range(0, len(held_out.users), chunk):
        # Nothing else holds the block, so there is never a second one.
        ranker.rank(score(held_out.users[start : start + chunk]), start)
    return Ranking(Ranks(held_out.pairs[:, 0], *ranker.counts.T), ranker.lists)


def rank_among(
    score: Scorer,
    held_out: HeldOut,
    candidates: np.ndarray,
    k: int = 10,
    seed: int = 0,
) -> Ranking:
    """Does as `rank_held_out`, in a part of the catalogue.

    Args:
        score: Scores all items for some users.
        held_out: What to rank.
        candidates: The items of the part, ascending, int64 [candidates];
            whatever was taken is among them.
        k: Length of the lists.
        seed: Of the negatives that are drawn.

    Returns:
        As `rank_held_out`; the lists hold indices of the whole catalogue.
    """
    if len(candidates) == held_out.num_items:
        return rank_held_out(score, held_out, k, seed)
    found = rank_held_out(
        restricted(score, candidates), held_out.among(candidates), k, seed
    )
    lists = np.where(found.lists == NOBODY, NOBODY, candidates[found.lists])
    return Ranking(found.ranks, lists)


class _Ranker:
    """Counts, draws and lists for some users after others.

    Attributes:
        counts: Of each pair, as `Ranks` has them, int64 [pairs, 5].
        lists: Of each user, int64 [users, k].
    """

    def __init__(self, held_out: HeldOut, k: int, seed: int) -> None:
        self.counts = np.empty((len(held_out.pairs), 5), np.int64)
        self.lists = np.empty((len(held_out.users), k), np.int64)
        self._held_out = held_out
        self._taken = _Rows(held_out.taken)
        self._known = _Rows(held_out.known)
        order = np.argsort(held_out.pairs[:, 0], kind="stable")
        starts = np.searchsorted(
            held_out.pairs[order, 0], held_out.users, side="left"
        )
        self._pairs = np.split(order, starts[1:])
        self._k = k
        self._seed = seed

    def rank(self, block: np.ndarray, start: int) -> None:
        """Ranks for some users in a row.

        Args:
            block: Their scores, float [batch, items].
            start: Which of the users is the first.
        """
        threads = os.cpu_count() or 1

        def rank_some(rows: np.ndarray) -> None:
            for row in rows:
                self._rank(block[row], start + row)

        # What numpy counts it counts without Python's lock, so threads help.
        with ThreadPoolExecutor(threads) as pool:
            parts = np.array_split(np.arange(len(block)), threads)
            list(pool.map(rank_some, parts))

    def _rank(self, scores: np.ndarray, index: int) -> None:
        user, pairs = self._held_out.users[index], self._pairs[index]
        items, taken = self._held_out.pairs[pairs, 1], self._taken[user]
        targets = scores[items]
        drawn = self._drawn(scores, user, items)
        rivals = scores.copy()
        rivals[taken] = np.nan  # What is no number is in none of the counts.
        candidates = len(scores) - len(np.unique(taken))
        for pair, target, (beaten, compared) in zip(
            pairs, targets, drawn, strict=True
        ):
            greater = np.count_nonzero(rivals > target)
            less = np.count_nonzero(rivals < target)
            # A candidate's score that is no number counts as a tie: lost.
            equal = candidates - greater - less
            self.counts[pair] = greater, equal, candidates, beaten, compared
        rivals[items] = targets
        self.lists[index] = top_k(rivals, self._k)

    def _drawn(
        self, scores: np.ndarray, user: int, items: np.ndarray
    ) -> list[tuple[int, int]]:
        """Returns how many drawn items each item beats, and of how many.

        As the authors' code does, other held-out items may be drawn, and what
        the model knew is left out of what was drawn, not drawn anew.
        """
        rng = np.random.default_rng((self._seed, user))
        number = min(NEGATIVES, len(scores))
        found = []
        for item in items:
            drawn = rng.choice(
                len(scores), number, replace=False, shuffle=False
            )
            skipped = np.append(self._known[user], item)
            left = drawn[(drawn[:, None] != skipped).all(axis=1)]
            beaten = np.count_nonzero(scores[left] < scores[item])
            found.append((beaten, len(left)))
        return found


class _Rows:
    """The rows of a ragged tensor, as numpy arrays."""

    def __init__(self, ragged: tf.RaggedTensor) -> None:
        self._values = ragged.values.numpy()
        self._splits = ragged.row_splits.numpy()

    def __getitem__(self, row: int) -> np.ndarray:
        found: np.ndarray = self._values[
            self._splits[row] : self._splits[row + 1]
        ]
        return found

"""Ranks of held-out items in the whole catalog, in constant memory.

The item of a pair is compared with every item that its user never interacted
with (in train, validation or test). Users are scored in chunks, so that the
size of a block of scores does not depend on the catalog.
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
"""Maximum size of a block of float32 scores, in bytes."""

NEGATIVES = 100
"""Number of sampled items for the AUC of a pair in the paper's own code."""


@dataclasses.dataclass(frozen=True)
class Ranks:
    """Counts that determine the rank of each held-out item.

    Attributes:
        users: User indices of the pairs, int64 [pairs].
        greater: Number of candidates with a higher score, int64 [pairs].
        equal: Number of candidates with an equal score, int64 [pairs].
        candidates: Number of items that the user never interacted with, int64
            [pairs].
        beaten: Number of sampled items with a lower score, int64 [pairs].
        drawn: Number of sampled items that were compared, int64 [pairs].
    """

    users: np.ndarray
    greater: np.ndarray
    equal: np.ndarray
    candidates: np.ndarray
    beaten: np.ndarray
    drawn: np.ndarray

    def ranks(self) -> np.ndarray:
        """Returns the ranks from 1, ties counted as lost, int64 [pairs]."""
        return self.greater + self.equal + 1

    def of(self, pairs: np.ndarray) -> "Ranks":
        """Returns the ranks of selected pairs.

        Args:
            pairs: Mask, bool [pairs], or indices of the pairs, int [n].
        """
        return Ranks(
            *(
                getattr(self, field.name)[pairs]
                for field in dataclasses.fields(self)
            )
        )


@dataclasses.dataclass(frozen=True)
class Ranking:
    """Ranks and top-k lists of a model for held-out pairs.

    Attributes:
        ranks: Ranks of the held-out items, in the order of the pairs.
        lists: Top-k items of each user in `HeldOut.users`, int64 [users, k],
            padded with `beyond_accuracy.NOBODY`. Items that the user interacted
            with are masked, except for those of the pairs.
    """

    ranks: Ranks
    lists: np.ndarray


def rank_held_out(
    score: Scorer,
    held_out: HeldOut,
    k: int = 10,
    seed: int = 0,
    candidates: np.ndarray | None = None,
) -> Ranking:
    """Ranks each held-out item among the items without interaction.

    Args:
        score: Function that scores all items for some users.
        held_out: Held-out pairs to rank.
        k: Length of the lists.
        seed: Random seed of the sampled negatives, the same for every model.
        candidates: Item indices to rank, ascending, int64 [candidates]; must
            include all items with interactions. None for the whole catalog.

    Returns:
        Ranks among the candidates, and lists of indices of the whole catalog.
    """
    if candidates is not None and len(candidates) < held_out.num_items:
        ranking = rank_held_out(
            restricted(score, candidates), held_out.among(candidates), k, seed
        )
        none = ranking.lists == NOBODY
        lists = np.where(none, NOBODY, candidates[ranking.lists])
        return Ranking(ranking.ranks, lists)
    ranker = _Ranker(held_out, k, seed)
    chunk = max(1, BLOCK_BYTES // (4 * held_out.num_items))
    for start in range(0, len(held_out.users), chunk):
        # No variable refers to the block, so only one is in memory at a time.
        ranker.rank(score(held_out.users[start : start + chunk]), start)
    return Ranking(Ranks(held_out.pairs[:, 0], *ranker.counts.T), ranker.lists)


class _Ranker:
    """Accumulates ranks and lists over chunks of users.

    Attributes:
        counts: Counts of each pair, the fields of `Ranks` after `users`, int64
            [pairs, 5].
        lists: Top-k items of each user, int64 [users, k].
    """

    def __init__(self, held_out: HeldOut, k: int, seed: int) -> None:
        self.counts = np.empty((len(held_out.pairs), 5), np.int64)
        self.lists = np.empty((len(held_out.users), k), np.int64)
        self._held_out = held_out
        self._interacted = _Rows(held_out.interacted)
        self._known = _Rows(held_out.known)
        order = np.argsort(held_out.pairs[:, 0], kind="stable")
        starts = np.searchsorted(
            held_out.pairs[order, 0], held_out.users, side="left"
        )
        self._pairs = np.split(order, starts[1:])
        self._k = k
        self._seed = seed

    def rank(self, block: np.ndarray, start: int) -> None:
        """Ranks the held-out items of a chunk of consecutive users.

        Args:
            block: Scores of the users, float [batch, items].
            start: Position of the first user in `HeldOut.users`.
        """
        threads = os.cpu_count() or 1

        def rank_some(rows: np.ndarray) -> None:
            for row in rows:
                self._rank(block[row], start + row)

        # NumPy releases the GIL while counting, so threads run in parallel.
        with ThreadPoolExecutor(threads) as pool:
            parts = np.array_split(np.arange(len(block)), threads)
            list(pool.map(rank_some, parts))

    def _rank(self, scores: np.ndarray, index: int) -> None:
        user, pairs = self._held_out.users[index], self._pairs[index]
        items, history = self._held_out.pairs[pairs, 1], self._interacted[user]
        targets = scores[items]
        drawn = self._drawn(scores, user, items)
        rivals = scores.copy()
        rivals[history] = np.nan  # Comparisons with NaN are false: masked.
        candidates = len(scores) - len(np.unique(history))
        for pair, target, (beaten, compared) in zip(
            pairs, targets, drawn, strict=True
        ):
            greater = np.count_nonzero(rivals > target)
            less = np.count_nonzero(rivals < target)
            # A candidate with a NaN score counts as a tie, which is lost.
            equal = candidates - greater - less
            self.counts[pair] = greater, equal, candidates, beaten, compared
        rivals[items] = targets
        self.lists[index] = top_k(rivals, self._k)

    def _drawn(
        self, scores: np.ndarray, user: int, items: np.ndarray
    ) -> list[tuple[int, int]]:
        """Returns the number of sampled items below each item, and of all.

        As in the authors' code, other held-out items may be sampled, and
        sampled items that the model knew are left out without replacement.
        """
        rng = np.random.default_rng((self._seed, user))
        num_negatives = min(NEGATIVES, len(scores))
        counts = []
        for item in items:
            drawn = rng.choice(
                len(scores), num_negatives, replace=False, shuffle=False
            )
            skipped = np.append(self._known[user], item)
            left = drawn[(drawn[:, None] != skipped).all(axis=1)]
            beaten = np.count_nonzero(scores[left] < scores[item])
            counts.append((beaten, len(left)))
        return counts


class _Rows:
    """Rows of a ragged tensor as NumPy arrays."""

    def __init__(self, ragged: tf.RaggedTensor) -> None:
        self._values = ragged.values.numpy()
        self._splits = ragged.row_splits.numpy()

    def __getitem__(self, row: int) -> np.ndarray:
        values: np.ndarray = self._values[
            self._splits[row] : self._splits[row + 1]
        ]
        return values

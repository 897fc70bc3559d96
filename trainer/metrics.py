"""Full-catalogue ranking metrics of held-out (user, item) pairs.

The item of a pair is compared with every item that its user never took (in
train, validation or test). Where two scores tie, the held-out item loses:
strict comparison, as in the paper, so a model that gives all items one score
gets nothing. Counting ties half is an option of `auc`. Every pair weighs the
same, however many its user has.
"""

import dataclasses
from collections.abc import Callable
from typing import Literal

import numpy as np
from keras import ops

Scorer = Callable[[np.ndarray], np.ndarray]
"""Maps user indices, int [batch], to scores, float [batch, items]."""

Ties = Literal["strict", "half"]
"""Whether the AUC counts a tie as lost or as half won."""

PAIRS_A_BATCH = 256


@dataclasses.dataclass(frozen=True)
class HeldOutRanks:
    """Where the item of each held-out pair stands.

    Attributes:
        greater: Candidates that score higher, int64 [pairs].
        equal: Candidates that score the same, int64 [pairs].
        candidates: Items that the user never took, int64 [pairs].
    """

    greater: np.ndarray
    equal: np.ndarray
    candidates: np.ndarray

    def ranks(self) -> np.ndarray:
        """Returns the rank from 1, ties lost, int64 [pairs]."""
        return self.greater + self.equal + 1

    def of(self, pairs: np.ndarray) -> "HeldOutRanks":
        """Returns the ranks of some pairs, bool or int [pairs]."""
        return HeldOutRanks(
            self.greater[pairs], self.equal[pairs], self.candidates[pairs]
        )


def rank_held_out(
    score: Scorer,
    held_out: np.ndarray,
    seen: Callable[[np.ndarray], np.ndarray],
) -> HeldOutRanks:
    """Ranks each held-out item among the items that its user never took.

    Args:
        score: Scores all items for some users.
        held_out: (user, item) pairs, at least one, int [pairs, 2].
        seen: Marks what some users took, bool [batch, items]; the held-out
            items themselves are among it.

    Returns:
        The counts from which every metric follows.
    """
    greater, equal, candidates = [], [], []
    for start in range(0, len(held_out), PAIRS_A_BATCH):
        users, items = held_out[start : start + PAIRS_A_BATCH].T
        scores = ops.convert_to_tensor(score(users))
        target = ops.take_along_axis(scores, items[:, None], axis=1)
        unseen = ops.convert_to_tensor(~seen(users))
        above, below = scores > target, scores < target
        greater.append(_count(above & unseen))
        # What cannot be compared, NaN, counts as a tie: lost.
        equal.append(_count(~above & ~below & unseen))
        candidates.append(_count(unseen))
    return HeldOutRanks(
        np.concatenate(greater),
        np.concatenate(equal),
        np.concatenate(candidates),
    )


def auc(ranks: HeldOutRanks, ties: Ties = "strict") -> np.ndarray:
    """Returns the share of candidates that score lower, float [pairs].

    Source: Kang et al. 2017, section IV-B; with one pair a user, the mean is
    their AUC.

    Args:
        ranks: Where the held-out items stand.
        ties: Whether a tie counts as lost (`strict`) or as half won.
    """
    lost = ranks.greater + ranks.equal * (1.0 if ties == "strict" else 0.5)
    return 1.0 - lost / ranks.candidates


def hit_rate(ranks: HeldOutRanks, k: int) -> np.ndarray:
    """Returns whether the held-out item is in the top k, float [pairs]."""
    return (ranks.ranks() <= k).astype(float)


def ndcg(ranks: HeldOutRanks, k: int) -> np.ndarray:
    """Returns 1 / log2(1 + rank) within the top k, else 0, float [pairs].

    With one relevant item a list the ideal gain is 1, so this is the NDCG.
    """
    return hit_rate(ranks, k) / np.log2(1.0 + ranks.ranks())


def summarise(
    ranks: HeldOutRanks, k: int = 10, ties: Ties = "strict"
) -> dict[str, float]:
    """Returns the means over pairs, at least one: `auc`, `hr@k`, `ndcg@k`.

    Args:
        ranks: Where the held-out items stand.
        k: Length of the list of HR and NDCG, where ties always lose.
        ties: What a tie is to the AUC.
    """
    return {
        "auc": float(np.mean(auc(ranks, ties))),
        f"hr@{k}": float(np.mean(hit_rate(ranks, k))),
        f"ndcg@{k}": float(np.mean(ndcg(ranks, k))),
    }


def _count(marks: object) -> np.ndarray:
    counts: np.ndarray = ops.convert_to_numpy(ops.count_nonzero(marks, axis=1))
    return counts.astype(np.int64)

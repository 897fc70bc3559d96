"""Full-catalogue ranking metrics of one held-out item per user.

The held-out item is compared with every item that the user never took (in
train, validation or test). Where two scores tie, the held-out item loses:
strict comparison, as in the paper, so a model that gives all items one score
gets nothing. Counting ties half is an option of `auc`.
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

USERS_A_BATCH = 256


@dataclasses.dataclass(frozen=True)
class HeldOutRanks:
    """Where each user's held-out item stands.

    Attributes:
        greater: Candidates that score higher, int64 [users].
        equal: Candidates that score the same, int64 [users].
        candidates: Items that the user never took, int64 [users].
    """

    greater: np.ndarray
    equal: np.ndarray
    candidates: np.ndarray

    def ranks(self) -> np.ndarray:
        """Returns the rank from 1, ties lost, int64 [users]."""
        return self.greater + self.equal + 1

    def of(self, users: np.ndarray) -> "HeldOutRanks":
        """Returns the ranks of some users, bool or int [users]."""
        return HeldOutRanks(
            self.greater[users], self.equal[users], self.candidates[users]
        )


def rank_held_out(
    score: Scorer,
    held_out: np.ndarray,
    seen: Callable[[np.ndarray], np.ndarray],
) -> HeldOutRanks:
    """Ranks each user's held-out item among the items they never took.

    Args:
        score: Scores all items for some users.
        held_out: The held-out item of each user, int [users].
        seen: Marks what some users took, bool [batch, items]; the held-out
            item itself is among it.

    Returns:
        The counts from which every metric follows.
    """
    greater, equal, candidates = [], [], []
    for start in range(0, len(held_out), USERS_A_BATCH):
        users = np.arange(start, min(start + USERS_A_BATCH, len(held_out)))
        scores = ops.convert_to_tensor(score(users))
        target = ops.take_along_axis(scores, held_out[users][:, None], axis=1)
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
    """Returns the share of candidates that score lower, float [users].

    Source: Kang et al. 2017, section IV-B; the mean over users is their AUC.

    Args:
        ranks: Where the held-out items stand.
        ties: Whether a tie counts as lost (`strict`) or as half won.
    """
    lost = ranks.greater + ranks.equal * (1.0 if ties == "strict" else 0.5)
    return 1.0 - lost / ranks.candidates


def hit_rate(ranks: HeldOutRanks, k: int) -> np.ndarray:
    """Returns whether the held-out item is in the top k, float [users]."""
    return (ranks.ranks() <= k).astype(float)


def ndcg(ranks: HeldOutRanks, k: int) -> np.ndarray:
    """Returns 1 / log2(1 + rank) within the top k, else 0, float [users].

    With one relevant item the ideal gain is 1, so this is the NDCG.
    """
    return hit_rate(ranks, k) / np.log2(1.0 + ranks.ranks())


def summarise(
    ranks: HeldOutRanks, k: int = 10, ties: Ties = "strict"
) -> dict[str, float]:
    """Returns the means over users, at least one: `auc`, `hr@k`, `ndcg@k`.

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

"""Ranking metrics of each user from the ranks of their held-out items.

All users have equal weight, however many held-out items they have; the metric
of a group is the mean over its users. Candidates are the items that the user
never interacted with:

- `auc`: fraction of candidates with a lower score than a held-out item; the
  mean over the user's held-out items (Kang et al. 2017, section IV-B);
- `auc_100`: the same against 100 sampled items, as in the paper's own code,
  which leaves out only training items;
- `hr@k`: whether a held-out item is in the top k;
- `recall@k`: fraction of the held-out items in the top k;
- `ndcg@k`: sum of 1 / log2(1 + position) over the held-out items in the top k,
  divided by the sum of an ideal list (Järvelin and Kekäläinen 2002);
- `mrr@k`: 1 / position of the first held-out item, 0 if none is in the top k.

The list of the last four metrics holds the candidates and all held-out items of
the user. For a user with one held-out item, `recall@k` is `hr@k`, `ndcg@k` is
1 / log2(1 + rank) and `mrr@k` is 1 / rank, within the top k.

Ties count against the held-out item: strict comparison, as in the paper, so a
model with equal scores for all items gets 0. `auc` can count ties as half.
"""

from typing import Literal

import numpy as np

from trainer.metrics.ranking.ranks import NEGATIVES
from trainer.metrics.ranking.ranks import Ranks

Ties = Literal["pessimistic", "half"]
"""Treatment of ties in the AUC: as lost, or as half won."""

AUC_DRAWN = f"auc_{NEGATIVES}"


def auc(ranks: Ranks, ties: Ties = "pessimistic") -> np.ndarray:
    """Computes the AUC of each held-out pair.

    Args:
        ranks: Ranks of the held-out items.
        ties: Treatment of ties: as lost (`pessimistic`) or as half won
            (`half`).

    Returns:
        Fraction of candidates with a lower score, float [pairs].
    """
    lost = ranks.greater + ranks.equal * (1.0 if ties == "pessimistic" else 0.5)
    return 1.0 - lost / ranks.candidates


def per_user_metrics(
    ranks: Ranks, k: int = 10, ties: Ties = "pessimistic"
) -> dict[str, np.ndarray]:
    """Computes the metrics of each user.

    Args:
        ranks: Ranks of the held-out items, at least one.
        k: Length of the lists, in which ties always count as lost.
        ties: Treatment of ties in `auc`: as lost (`pessimistic`) or as half won
            (`half`).

    Returns:
        Metrics by name, in ascending user order, float [users] each.
    """
    order = np.lexsort((ranks.ranks(), ranks.users))
    ranks = ranks.of(order)
    _, starts, held_out = np.unique(
        ranks.users, return_index=True, return_counts=True
    )
    # Better held-out items of the same user come first in the list.
    places = ranks.ranks() + np.arange(len(order)) - np.repeat(starts, held_out)
    gains = np.where(places <= k, 1.0 / np.log2(1.0 + places), 0.0)
    best = np.cumsum(1.0 / np.log2(1.0 + np.arange(1, k + 1)))

    def total(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.add.reduceat(values, starts))

    # A pair without any sampled item to compare counts as lost.
    drawn = ranks.beaten / np.maximum(ranks.drawn, 1)
    first = places[starts]
    return {
        "auc": total(auc(ranks, ties)) / held_out,
        AUC_DRAWN: total(drawn) / held_out,
        f"hr@{k}": (first <= k).astype(float),
        f"recall@{k}": total((places <= k).astype(float)) / held_out,
        f"ndcg@{k}": total(gains) / best[np.minimum(held_out, k) - 1],
        f"mrr@{k}": np.where(first <= k, 1.0 / first, 0.0),
    }


def mean_metrics(ranks: Ranks, k: int = 10) -> dict[str, float]:
    """Computes the means of `per_user_metrics` over users, by name."""
    return {
        name: float(values.mean())
        for name, values in per_user_metrics(ranks, k).items()
    }

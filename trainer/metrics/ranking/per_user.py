"""Metrics of each user, from where their held-out items stand.

Every user weighs the same, however many items of theirs are held out, and a
metric of a group is the mean over its users. The items that a user never took
are the candidates:

- `auc`: the share of candidates that score lower than the held-out item; the
  mean of that over the user's held-out items (Kang et al. 2017, section IV-B);
- `auc_100`: the same against 100 drawn items, as the paper's own code does,
  which leaves out only what was trained on;
- `hr@k`: whether some held-out item is among the first k;
- `recall@k`: which share of the held-out items is;
- `ndcg@k`: sum of 1 / log2(1 + place) over those that are, divided by what it
  is when they head the list (Järvelin and Kekäläinen 2002);
- `mrr@k`: 1 / place of the first of them, 0 if none is among the first k.

The list that the last four look at holds the candidates and all held-out items
of the user. For a user with one held-out item, `recall@k` is `hr@k`, `ndcg@k`
is 1 / log2(1 + rank) and `mrr@k` is 1 / rank, within the first k.

Where scores tie, the held-out item loses: strict comparison, as in the paper,
so a model that gives all items one score gets nothing. Counting ties half is
an option of `auc`.
"""

from typing import Literal

import numpy as np

from trainer.metrics.ranking.ranks import NEGATIVES
from trainer.metrics.ranking.ranks import Ranks

Ties = Literal["pessimistic", "half"]
"""Whether the AUC counts a tie as lost or as half won."""

AUC_DRAWN = f"auc_{NEGATIVES}"


def auc(ranks: Ranks, ties: Ties = "pessimistic") -> np.ndarray:
    """Returns the share of candidates that score lower, float [pairs].

    Args:
        ranks: Where the held-out items stand.
        ties: Whether a tie counts as lost (`pessimistic`) or as half won.
    """
    lost = ranks.greater + ranks.equal * (1.0 if ties == "pessimistic" else 0.5)
    return 1.0 - lost / ranks.candidates


def per_user_metrics(
    ranks: Ranks, k: int = 10, ties: Ties = "pessimistic"
) -> dict[str, np.ndarray]:
    """Returns the metrics of each user, ascending, float [users].

    Args:
        ranks: Where the held-out items stand, at least one.
        k: Length of the lists, where ties always lose.
        ties: What a tie is to the `auc`.
    """
    order = np.lexsort((ranks.ranks(), ranks.users))
    ranks = ranks.of(order)
    _, starts, held_out = np.unique(
        ranks.users, return_index=True, return_counts=True
    )
    # Among all held-out items of a user, the better ones stand before.
    places = ranks.ranks() + np.arange(len(order)) - np.repeat(starts, held_out)
    gains = np.where(places <= k, 1.0 / np.log2(1.0 + places), 0.0)
    best = np.cumsum(1.0 / np.log2(1.0 + np.arange(1, k + 1)))

    def total(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.add.reduceat(values, starts))

    # Nobody may have a pair without any drawn item to compare: it is lost.
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


def summarise(
    ranks: Ranks, k: int = 10, ties: Ties = "pessimistic"
) -> dict[str, float]:
    """Returns the means over users, of the metrics of `per_user_metrics`."""
    return {
        name: float(values.mean())
        for name, values in per_user_metrics(ranks, k, ties).items()
    }

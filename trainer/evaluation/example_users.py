"""Example users of the report: highest, median and lowest AUC."""

import dataclasses

import numpy as np

from trainer.metrics.ranking.beyond_accuracy import NOBODY
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.per_user import auc
from trainer.metrics.ranking.ranks import Ranking

OWNED_SHOWN = 7
HELD_OUT_SHOWN = 3


@dataclasses.dataclass(frozen=True)
class HeldOutItem:
    """A held-out item and its rank.

    Attributes:
        item: Item index.
        rank: Rank from 1 among the items that the user did not interact with.
        ranked: Number of ranked items, this one included.
    """

    item: int
    rank: int
    ranked: int


@dataclasses.dataclass(frozen=True)
class ExampleUser:
    """An example user of the report.

    Attributes:
        auc: Mean AUC of the user's held-out items.
        owned: The first training items.
        num_owned: Number of training items.
        hidden: The held-out items with the best ranks, best first.
        num_hidden: Number of held-out items.
        listed: Recommended items, best first.
        hits: Recommended items that were held out.
    """

    auc: float
    owned: list[int]
    num_owned: int
    hidden: list[HeldOutItem]
    num_hidden: int
    listed: list[int]
    hits: set[int]


def choose_users(
    held_out: HeldOut, ranking: Ranking, num_users: int
) -> dict[str, list[ExampleUser]]:
    """Returns the users with the highest, median and lowest AUC.

    Args:
        held_out: Held-out pairs.
        ranking: Ranks and lists of our model.
        num_users: Maximum number of users per group.

    Returns:
        Example users by group: `best`, `middle` and `worst`.
    """
    owners = np.searchsorted(held_out.users, held_out.pairs[:, 0])
    shares = np.bincount(owners, auc(ranking.ranks)) / np.bincount(owners)
    order = np.argsort(-shares, kind="stable")
    num_users = min(num_users, max(1, len(order) // 3))
    middle = (len(order) - num_users) // 2
    chosen = {
        "best": order[:num_users],
        "middle": order[middle : middle + num_users],
        "worst": order[::-1][:num_users],
    }
    return {
        name: [
            _example_user(held_out, ranking, row, float(shares[row]))
            for row in rows
        ]
        for name, rows in chosen.items()
    }


def _example_user(
    held_out: HeldOut, ranking: Ranking, row: int, share: float
) -> ExampleUser:
    user = held_out.users[row]
    owned = held_out.known[user].numpy()
    pairs = np.flatnonzero(held_out.pairs[:, 0] == user)
    pairs = pairs[np.argsort(ranking.ranks.ranks()[pairs], kind="stable")]
    hidden = held_out.pairs[pairs, 1]
    listed = ranking.lists[row]
    return ExampleUser(
        auc=share,
        owned=owned[:OWNED_SHOWN].tolist(),
        num_owned=len(owned),
        hidden=[
            HeldOutItem(
                int(held_out.pairs[pair, 1]),
                int(ranking.ranks.ranks()[pair]),
                int(ranking.ranks.candidates[pair]) + 1,
            )
            for pair in pairs[:HELD_OUT_SHOWN]
        ],
        num_hidden=len(hidden),
        listed=listed[listed != NOBODY].tolist(),
        hits=set(hidden.tolist()) & set(listed.tolist()),
    )

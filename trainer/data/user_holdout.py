"""People whom training never sees, to be met in the evaluation."""

import dataclasses

import numpy as np
import tensorflow as tf

from trainer.data.interactions import Interactions
from trainer.data.interactions import by_user


@dataclasses.dataclass(frozen=True)
class HeldOutUsers:
    """People whom training never sees, and what they took.

    Attributes:
        given: A random half of the items of each, the larger where the number
            is odd, ascending: ragged int64 [people, None].
        hidden: The others, as (person, item) pairs, sorted, int64 [pairs, 2].
    """

    given: tf.RaggedTensor
    hidden: np.ndarray


def hold_out_users(
    interactions: Interactions, share: float, seed: int
) -> tuple[Interactions, HeldOutUsers | None]:
    """Takes people out of a data set, with all that they took.

    Args:
        interactions: Who took what.
        share: Of the people.
        seed: Of the draw of people and of halves.

    Returns:
        The data set of all others, and those who were taken out, if any; of
        one item nothing can be hidden, so who took one stays.
    """
    taken = interactions.taken
    rng = np.random.default_rng((seed, 2))
    enough = np.flatnonzero(taken.row_lengths().numpy() > 1)
    number = round(share * len(enough))
    if not number:
        return interactions, None
    chosen = np.sort(rng.permutation(enough)[:number])
    given, hidden = [], []
    for person, user in enumerate(chosen):
        items = rng.permutation(taken[user].numpy())
        half = (len(items) + 1) // 2
        given += [(person, item) for item in items[:half]]
        hidden += [(person, item) for item in items[half:]]
    new_people = HeldOutUsers(
        by_user(np.array(sorted(given)), number), np.array(sorted(hidden))
    )
    return _without(interactions, chosen), new_people


def _without(interactions: Interactions, users: np.ndarray) -> Interactions:
    """Returns the data set without some users."""
    stays = np.ones(len(interactions.user_ids), bool)
    stays[users] = False
    new_index = np.cumsum(stays) - 1

    def rest(pairs: np.ndarray) -> np.ndarray:
        pairs = pairs[stays[pairs[:, 0]]]
        return np.stack([new_index[pairs[:, 0]], pairs[:, 1]], axis=1)

    return Interactions(
        user_ids=[
            user_id
            for user_id, one in zip(interactions.user_ids, stays, strict=True)
            if one
        ],
        item_ids=interactions.item_ids,
        train=tf.ragged.boolean_mask(interactions.train, stays),
        validation=rest(interactions.validation),
        test=rest(interactions.test),
    )

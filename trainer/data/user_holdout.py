"""Hold-out of whole users (strong generalization) for the evaluation."""

import dataclasses

import numpy as np
import tensorflow as tf

from trainer.data.interactions import Interactions
from trainer.data.interactions import by_user


@dataclasses.dataclass(frozen=True)
class HeldOutUsers:
    """Users that training never sees, with their interactions.

    Attributes:
        user_ids: User ids, in row order.
        fold_in_items: A random half of the items of each user, rounded up,
            ascending, ragged int64 [users, None].
        held_out_items: The other half, as (user, item) pairs, sorted, int64
            [pairs, 2].
    """

    user_ids: list[str]
    fold_in_items: tf.RaggedTensor
    held_out_items: np.ndarray


def hold_out_users(
    interactions: Interactions, share: float, seed: int
) -> tuple[Interactions, HeldOutUsers | None]:
    """Removes a random fraction of the users with all their interactions.

    Only users with two or more items are eligible: with one item, none is left
    to hold out.

    Args:
        interactions: The user-item interactions.
        share: Fraction of the eligible users to hold out, 0 to 1.
        seed: Random seed of the choice of users and of their halves.

    Returns:
        The interactions of all other users, and the held-out users, or None if
        there are none.
    """
    histories = interactions.interacted
    rng = np.random.default_rng((seed, 2))
    enough = np.flatnonzero(histories.row_lengths().numpy() > 1)
    num_users = round(share * len(enough))
    if not num_users:
        return interactions, None
    chosen = np.sort(rng.permutation(enough)[:num_users])
    fold_in, held_out = [], []
    for row, user in enumerate(chosen):
        items = rng.permutation(histories[user].numpy())
        half = (len(items) + 1) // 2
        fold_in += [(row, item) for item in items[:half]]
        held_out += [(row, item) for item in items[half:]]
    held_out_users = HeldOutUsers(
        [interactions.user_ids[user] for user in chosen],
        by_user(np.array(sorted(fold_in)), num_users),
        np.array(sorted(held_out)),
    )
    return _without(interactions, chosen), held_out_users


def _without(interactions: Interactions, users: np.ndarray) -> Interactions:
    """Returns the interactions without some users, user indices renumbered."""
    stays = np.ones(len(interactions.user_ids), bool)
    stays[users] = False
    new_index = np.cumsum(stays) - 1

    def rest(pairs: np.ndarray) -> np.ndarray:
        pairs = pairs[stays[pairs[:, 0]]]
        return np.stack([new_index[pairs[:, 0]], pairs[:, 1]], axis=1)

    def masked(rows: tf.RaggedTensor | None) -> tf.RaggedTensor | None:
        return None if rows is None else tf.ragged.boolean_mask(rows, stays)

    return Interactions(
        user_ids=[
            user_id
            for user_id, kept in zip(interactions.user_ids, stays, strict=True)
            if kept
        ],
        item_ids=interactions.item_ids,
        train=tf.ragged.boolean_mask(interactions.train, stays),
        validation=rest(interactions.validation),
        test=rest(interactions.test),
        weights=masked(interactions.weights),
        owned=masked(interactions.owned),
        times=masked(interactions.times),
        negatives=masked(interactions.negatives),
        negative_weights=masked(interactions.negative_weights),
    )

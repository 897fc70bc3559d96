"""Draws what the learned baselines are trained on."""

from collections.abc import Iterator

import numpy as np

from trainer.baselines.baseline import BaselineData

LEAST_BATCHES = 32
"""Small data are trained on in smaller batches, so many an epoch."""

Triples = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Users int64 [batch], positives [batch], negatives [batch, negatives]."""


def epoch_of_triples(
    data: BaselineData, epoch: int, batch_size: int, negatives: int
) -> Iterator[Triples]:
    """Yields each training interaction once, in a drawn order.

    Negatives are uniform over the items that the user did not take in train.
    An epoch depends on nothing but the seed and its number.

    Args:
        data: What was taken.
        epoch: Number of the epoch.
        batch_size: About how many triples a batch has, if there are enough
            for `LEAST_BATCHES`.
        negatives: Negatives of each.
    """
    rng = np.random.default_rng((data.seed, epoch))
    train = data.interactions.train
    users, items = train.value_rowids().numpy(), train.values.numpy()
    taken = users * data.num_items + items
    order = rng.permutation(len(items))
    users, items = users[order], items[order]
    drawn = rng.integers(data.num_items, size=(len(items), negatives))
    starts = users[:, None] * data.num_items
    while (own := np.isin(starts + drawn, taken)).any():
        drawn[own] = rng.integers(data.num_items, size=own.sum())
    batches = max(LEAST_BATCHES, len(items) // batch_size)
    for batch in np.array_split(
        np.arange(len(items)), min(batches, len(items))
    ):
        yield users[batch], items[batch], drawn[batch]

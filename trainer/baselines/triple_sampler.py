"""Sampler of the triples that the learned baselines are trained on."""

from collections.abc import Iterator

import numpy as np

from trainer.baselines.baseline import BaselineData

LEAST_BATCHES = 32
"""Minimum number of batches per epoch; small data sets get smaller batches."""

Triples = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Users int64 [batch], positives [batch], negatives [batch, negatives]."""


def epoch_of_triples(
    data: BaselineData, epoch: int, batch_size: int, negatives: int
) -> Iterator[Triples]:
    """Yields batches with each training interaction once, in random order.

    Negatives are uniform over the items without a training interaction of the
    user. An epoch depends only on the seed and the epoch number.

    Args:
        data: Data with the interactions and the seed.
        epoch: Epoch number.
        batch_size: Approximate number of triples per batch; smaller if that
            would give fewer than `LEAST_BATCHES` batches.
        negatives: Negatives per triple.
    """
    rng = np.random.default_rng((data.seed, epoch))
    train = data.interactions.train
    users, items = train.value_rowids().numpy(), train.values.numpy()
    observed = users * data.num_items + items
    order = rng.permutation(len(items))
    users, items = users[order], items[order]
    drawn = rng.integers(data.num_items, size=(len(items), negatives))
    starts = users[:, None] * data.num_items
    while (positive := np.isin(starts + drawn, observed)).any():
        drawn[positive] = rng.integers(data.num_items, size=positive.sum())
    batches = max(LEAST_BATCHES, len(items) // batch_size)
    for batch in np.array_split(
        np.arange(len(items)), min(batches, len(items))
    ):
        yield users[batch], items[batch], drawn[batch]

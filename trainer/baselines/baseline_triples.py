"""Sampler of the triples that the learned baselines are trained on."""

from collections.abc import Iterator

import numpy as np

from trainer.baselines.baseline import BaselineData

LEAST_BATCHES = 32
"""Minimum number of batches per epoch; small data sets get smaller batches."""

Triples = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Users int64 [batch], positives [batch], negatives [batch, negatives]."""


def epoch_of_triples(
    data: BaselineData,
    epoch: int,
    batch_size: int,
    negatives: int,
    pool: np.ndarray | None = None,
) -> Iterator[Triples]:
    """Yields batches with each training interaction once, in random order.

    Negatives are uniform over the items of the pool without a training
    interaction of the user. An epoch depends only on the seed and the epoch
    number.

    Args:
        data: Data with the interactions and the seed.
        epoch: Epoch number.
        batch_size: Approximate number of triples per batch, see `in_batches`.
        negatives: Negatives per triple.
        pool: Item indices, with one at least that a user did not interact with,
            int64 [pool]; None for the whole catalog.
    """
    rng = np.random.default_rng((data.seed, epoch))
    train = data.interactions.train
    users, items = train.value_rowids().numpy(), train.values.numpy()
    observed = users * data.num_items + items
    order = rng.permutation(len(items))
    users, items = users[order], items[order]
    pool = np.arange(data.num_items) if pool is None else pool
    drawn = rng.choice(pool, (len(items), negatives))
    starts = users[:, None] * data.num_items
    while (positive := np.isin(starts + drawn, observed)).any():
        drawn[positive] = rng.choice(pool, positive.sum())
    for batch in in_batches(np.arange(len(items)), batch_size):
        yield users[batch], items[batch], drawn[batch]


def interacted_items(data: BaselineData) -> np.ndarray | None:
    """Returns the items with a training interaction as the pool of negatives.

    Args:
        data: Data with the interactions.

    Returns:
        Item indices, int64 [pool]; None if a user interacted with all of them.
    """
    items = np.flatnonzero(data.interactions.train_counts())
    longest = data.interactions.train.row_lengths().numpy().max()
    return items if longest < len(items) else None


def in_batches(rows: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Splits rows into the batches of an epoch.

    Args:
        rows: Rows, in any order.
        batch_size: Approximate number of rows per batch; smaller if that would
            give fewer than `LEAST_BATCHES` batches.
    """
    batches = min(max(LEAST_BATCHES, len(rows) // batch_size), len(rows))
    return np.array_split(rows, batches) if batches else []

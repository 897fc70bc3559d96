"""People who each like one style, and items that show theirs."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from trainer.baselines.baseline import BaselineData
from trainer.data.interactions import Interactions

STYLES = 4
USERS = 60
ITEMS = 80
TRAINED = 8


@pytest.fixture(scope="session")
def interactions_of():
    """Returns interactions_of(train, validation, test, num_items)."""

    def make(train, validation=(), test=(), num_items=ITEMS) -> Interactions:
        return Interactions(
            user_ids=[f"u{index}" for index in range(len(train))],
            item_ids=[f"i{index}" for index in range(num_items)],
            train=tf.RaggedTensor.from_row_lengths(
                np.concatenate([np.sort(row) for row in train]).astype(int),
                [len(row) for row in train],
            ),
            validation=np.array(validation, np.int64).reshape(-1, 2),
            test=np.array(test, np.int64).reshape(-1, 2),
        )

    return make


@pytest.fixture(scope="session")
def planted(interactions_of) -> BaselineData:
    """A style is a direction in the features; categories say nothing of it.

    The first items of a style are taken more often than the last.
    """
    rng = np.random.default_rng(1)
    styles = np.arange(ITEMS) % STYLES
    weights = np.geomspace(10.0, 1.0, ITEMS)
    train, validation, test = [], [], []
    for user in range(USERS):
        liked = np.where(styles == user % STYLES, weights, 0.05)
        items = rng.choice(
            ITEMS, TRAINED + 2, replace=False, p=liked / liked.sum()
        )
        train.append(items[2:])
        validation.append((user, items[0]))
        test.append((user, items[1]))
    features = np.eye(STYLES)[styles] @ rng.normal(size=(STYLES, 12))
    interactions = interactions_of(train, validation, test)
    days = tf.constant(rng.permutation(USERS * TRAINED))
    return BaselineData(
        dataclasses.replace(
            interactions, times=interactions.train.with_values(days)
        ),
        features=5.0 + features + 0.3 * rng.normal(size=(ITEMS, 12)),
        categories=np.arange(ITEMS) // STYLES % 3,
        content=(np.eye(STYLES)[styles], np.zeros((ITEMS, 2))),
    )


@pytest.fixture(scope="session")
def small(planted) -> BaselineData:
    """The same with another seed, for what is not trained."""
    return dataclasses.replace(planted, seed=5)

import dataclasses

import numpy as np
import pytest

from trainer.baselines.baseline import BaselineData
from trainer.baselines.baseline_triples import epoch_of_triples
from trainer.baselines.baseline_triples import interacted_items


def epoch(data, index=0, batch_size=32, negatives=3):
    batches = list(epoch_of_triples(data, index, batch_size, negatives))
    return [np.concatenate(parts) for parts in zip(*batches, strict=True)]


def test_an_epoch_holds_each_interaction_once(planted):
    users, positives, _ = epoch(planted)
    train = planted.interactions.train
    expected = np.stack([train.value_rowids(), train.values])
    drawn = np.stack([users, positives])
    assert not np.array_equal(drawn, expected)
    order = np.lexsort((positives, users))
    np.testing.assert_array_equal(drawn[:, order], expected)


def test_negatives_are_uniform_over_items_without_interaction(interactions_of):
    train = [[0, 1, 2], [4]]
    data = BaselineData(interactions_of(train, num_items=6))
    users, _, negatives = epoch(data, negatives=3000)
    for user, own in enumerate(train):
        shares = np.bincount(negatives[users == user].ravel(), minlength=6)
        shares = shares / shares.sum()
        others = np.setdiff1d(np.arange(6), own)
        np.testing.assert_array_equal(shares[own], 0)
        np.testing.assert_allclose(shares[others], 1 / len(others), rtol=0.1)


def test_negatives_may_be_items_with_an_interaction_only(interactions_of):
    data = BaselineData(interactions_of([[0, 1], [1, 4]], num_items=9))
    pool = interacted_items(data)
    batches = epoch_of_triples(data, 0, 32, 50, pool)
    drawn = {
        user: set(negatives.ravel())
        for users, _, negatives in batches
        for user in users
    }
    assert drawn == {0: {4}, 1: {0}}


def test_a_user_of_all_of_them_has_negatives_of_the_catalog(interactions_of):
    data = BaselineData(interactions_of([[0, 1], [1]], num_items=9))
    assert interacted_items(data) is None


def test_an_epoch_depends_on_seed_and_number_only(planted):
    first = epoch(planted, 4)
    for again, same in zip(first, epoch(planted, 4), strict=True):
        np.testing.assert_array_equal(again, same)
    reseeded = dataclasses.replace(planted, seed=1)
    for other in (epoch(planted, 5), epoch(reseeded, 4)):
        assert not np.array_equal(first[2], other[2])


@pytest.mark.parametrize(
    ("interactions", "sizes"),
    [(3, {1}), (64, {2}), (1000, {31, 32}), (6400, {100})],
)
def test_small_data_make_smaller_batches(interactions, sizes, interactions_of):
    train = [range(interactions)]
    data = BaselineData(interactions_of(train, num_items=2 * interactions))
    batches = list(epoch_of_triples(data, 0, batch_size=100, negatives=1))
    assert {len(users) for users, _, _ in batches} == sizes

import itertools

import numpy as np
import pytest
import tensorflow as tf

from trainer.data.image_batch_sampler import ImageBatchSampler

NUM_ITEMS = 14
NEGATIVES = np.array([1, 4, 5, 9, 13])
PEOPLE = 40


@pytest.fixture(scope="module")
def train():
    """Item 3 is everybody's, item 13 and 12 are nobody's."""
    rng = np.random.default_rng(2)
    rows = [
        sorted({3, *rng.permutation(12)[: rng.integers(1, 5)].tolist()})
        for _ in range(PEOPLE)
    ]
    return tf.ragged.constant(rows, dtype=tf.int64)


@pytest.fixture
def batches(train):
    def make(photos=6, positives=4, negatives=10, seed=0):
        return ImageBatchSampler(
            train, NEGATIVES, photos, positives, negatives, seed
        )

    return make


def taken(source, first_step, num_batches):
    """Batches from a step on, as numpy arrays."""
    result = itertools.islice(source.from_step(first_step), num_batches)
    return [{k: v.numpy() for k, v in batch.items()} for batch in result]


def test_an_epoch_has_every_interaction_once(batches, train):
    source = batches()
    for epoch in range(3):
        _, groups = source.epoch(epoch)
        np.testing.assert_array_equal(
            np.sort(groups[groups >= 0]), np.arange(len(train.values))
        )


def test_an_image_comes_with_users_of_its_item(batches, train):
    items, groups = batches().epoch(0)
    for item, group in zip(items, groups, strict=True):
        own = group[group >= 0]
        assert len(own) >= 1
        assert set(train.values.numpy()[own]) == {item}


def test_an_item_of_many_comes_in_full_groups_and_a_rest(batches, train):
    counts = np.bincount(train.values.numpy(), minlength=NUM_ITEMS)
    assert counts[3] == PEOPLE
    items, groups = batches(positives=7).epoch(0)
    sizes = np.sort((groups[items == 3] >= 0).sum(axis=1))
    assert sizes.tolist() == [5, 7, 7, 7, 7, 7]
    np.testing.assert_array_equal(
        np.bincount(items, minlength=NUM_ITEMS), -(-counts // 7)
    )


def test_batches_are_the_epochs_one_after_the_other(batches):
    source = batches()
    steps = source.steps_per_epoch
    assert steps > 2
    result = taken(source, 0, 2 * steps)
    for epoch in range(2):
        items, groups = source.epoch(epoch)
        size = steps * 6  # What fills no batch is left out.
        assert 0 < len(items) - size < 6
        of_epoch = result[epoch * steps :][:steps]
        np.testing.assert_array_equal(
            np.concatenate([batch["item"] for batch in of_epoch]), items[:size]
        )
        np.testing.assert_array_equal(
            np.concatenate([batch["interactions"] for batch in of_epoch]),
            groups[:size],
        )


def test_epochs_differ_in_order_and_in_grouping(batches):
    source = batches()
    first, second = (source.epoch(index) for index in range(2))
    assert not np.array_equal(first[0], second[0])
    groups = [
        {tuple(sorted(group)) for group in groups[items == 3]}
        for items, groups in (first, second)
    ]
    assert groups[0] != groups[1]


def test_a_resumed_run_sees_what_an_unbroken_one_does(batches):
    source = batches()
    unbroken = taken(source, 0, 2 * source.steps_per_epoch + 1)
    for step in (1, source.steps_per_epoch - 1, source.steps_per_epoch + 1):
        for first, second in zip(
            taken(batches(), step, 4), unbroken[step:], strict=False
        ):
            for name in unbroken[0]:
                np.testing.assert_array_equal(first[name], second[name])


def test_another_seed_draws_others(batches):
    (first,), (second,) = (taken(batches(seed=seed), 0, 1) for seed in (0, 1))
    for name in first:
        assert not np.array_equal(first[name], second[name]), name


def test_negatives_are_drawn_anew_each_step(batches):
    first, second = taken(batches(), 0, 2)
    assert not np.array_equal(first["negatives"], second["negatives"])
    assert set(first["negatives"]) <= set(NEGATIVES)
    (without,) = taken(batches(negatives=0), 0, 1)
    assert without["negatives"].shape == (0,)


def test_expected_counts_are_those_that_are_drawn(batches):
    source = batches()
    num_batches = 1200
    passes, draws = np.zeros((2, NUM_ITEMS))
    for batch in taken(source, 0, num_batches):
        np.add.at(passes, batch["item"], 1)
        np.add.at(draws, batch["negatives"], 1)
    for counts, expected in (
        (passes, source.expected_image_count(NUM_ITEMS)),
        (draws, source.expected_negative_count(NUM_ITEMS)),
    ):
        np.testing.assert_allclose(counts / num_batches, expected, rtol=0.1)
    assert not batches(negatives=0).expected_negative_count(NUM_ITEMS).any()


def test_pairs_a_step_is_what_batches_hold_in_the_mean(batches):
    source = batches()
    sizes = [
        (batch["interactions"] >= 0).sum() for batch in taken(source, 0, 400)
    ]
    np.testing.assert_allclose(np.mean(sizes), source.pairs_per_step, rtol=0.01)


def test_a_batch_larger_than_the_epoch_is_the_epoch(batches, train):
    source = batches(photos=1000, negatives=0)
    groups = len(source.epoch(0)[0])
    assert source.steps_per_epoch == 1
    assert source.pairs_per_step == len(train.values)
    assert source.expected_image_count(NUM_ITEMS).sum() == groups
    for batch in taken(source, 0, 2):
        assert len(batch["item"]) == groups

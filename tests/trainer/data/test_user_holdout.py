"""People who are taken out of training, with all that they took."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from trainer.data.interactions import Interactions
from trainer.data.user_holdout import hold_out_users

NUM_USERS, NUM_ITEMS = 60, 40


@pytest.fixture(scope="module")
def interactions():
    """Every fifth took one thing only, the others 3 to 9."""
    rng = np.random.default_rng(5)
    train, validation, test = [], [], []
    for user in range(NUM_USERS):
        num_items = 1 if user % 5 == 0 else rng.integers(3, 10)
        own = rng.permutation(NUM_ITEMS)[:num_items]
        held_out = 0 if num_items == 1 else rng.integers(0, 2, 2)
        cuts = np.cumsum(np.broadcast_to(held_out, 2))
        validation += [(user, item) for item in own[: cuts[0]]]
        test += [(user, item) for item in own[cuts[0] : cuts[1]]]
        train.append(np.sort(own[cuts[1] :]).tolist())
    return Interactions(
        [f"u{user}" for user in range(NUM_USERS)],
        [f"i{item}" for item in range(NUM_ITEMS)],
        tf.ragged.constant(train, dtype=tf.int64),
        np.array(validation),
        np.array(test),
    )


def by_name(interactions):
    """What each person took, by id and split."""
    result = {}
    for user, user_id in enumerate(interactions.user_ids):
        result[user_id] = (
            interactions.train[user].numpy().tolist(),
            interactions.validation[
                interactions.validation[:, 0] == user, 1
            ].tolist(),
            interactions.test[interactions.test[:, 0] == user, 1].tolist(),
        )
    return result


def taken_out(held_out_users):
    """What each of the new people took, given and hidden."""
    hidden = held_out_users.held_out_items
    return [
        (given.numpy().tolist(), hidden[hidden[:, 0] == row, 1].tolist())
        for row, given in enumerate(held_out_users.fold_in_items)
    ]


def test_nobody_is_in_both_and_nothing_is_lost(interactions):
    rest, held_out_users = hold_out_users(interactions, 0.25, seed=0)
    before, after = by_name(interactions), by_name(rest)
    assert rest.item_ids == interactions.item_ids
    assert len(after) == NUM_USERS - 12  # A quarter of those with enough.
    for user_id, splits in after.items():
        assert splits == before[user_id]
    gone = [name for name in interactions.user_ids if name not in after]
    result = taken_out(held_out_users)
    assert len(result) == len(gone) == 12
    assert held_out_users.user_ids == gone
    for user_id, (given, hidden) in zip(gone, result, strict=True):
        assert not set(given) & set(hidden)
        everything = [item for split in before[user_id] for item in split]
        assert sorted(given + hidden) == sorted(everything)


def test_half_is_given_and_the_rest_is_hidden(interactions):
    _, held_out_users = hold_out_users(interactions, 0.5, seed=0)
    differences = set()
    for given, hidden in taken_out(held_out_users):
        assert given == sorted(given)
        differences.add(len(given) - len(hidden))
        assert hidden
    assert differences == {0, 1}
    assert held_out_users.held_out_items.dtype == np.int64
    assert held_out_users.held_out_items.tolist() == sorted(
        held_out_users.held_out_items.tolist()
    )


@pytest.mark.slow
def test_held_out_items_are_halved_like_the_others(interactions):
    """Which items were for training plays no part in what is given."""
    shares = []
    for seed in range(12):
        rest, held_out_users = hold_out_users(interactions, 0.25, seed)
        left = set(rest.user_ids)
        gone = [name for name in interactions.user_ids if name not in left]
        before = by_name(interactions)
        for user_id, (given, _) in zip(
            gone, taken_out(held_out_users), strict=True
        ):
            held_out = before[user_id][1] + before[user_id][2]
            shares += [item in given for item in held_out]
    assert len(shares) > 80
    assert 0.4 < np.mean(shares) < 0.7


def test_users_with_one_item_are_never_held_out(interactions):
    rest, _ = hold_out_users(interactions, 0.5, seed=1)
    assert {f"u{user}" for user in range(0, NUM_USERS, 5)} <= set(rest.user_ids)
    assert len(rest.user_ids) == NUM_USERS - 24


def test_the_same_seed_holds_out_the_same_users(interactions):
    (rest, first), (again, two), (others, _) = (
        hold_out_users(interactions, 0.25, seed) for seed in (0, 0, 1)
    )
    assert rest.user_ids == again.user_ids != others.user_ids
    assert first.fold_in_items.to_list() == two.fold_in_items.to_list()
    np.testing.assert_array_equal(first.held_out_items, two.held_out_items)


def test_weights_times_and_negatives_stay_with_their_users(interactions):
    train = interactions.train
    users, items = train.value_rowids().numpy(), train.values.numpy()
    marked = train.with_values(1000 * users + items)
    negatives = tf.ragged.constant([[user] for user in range(NUM_USERS)])
    rest, _ = hold_out_users(
        dataclasses.replace(
            interactions,
            weights=marked,
            times=marked,
            negatives=negatives,
            negative_weights=negatives,
        ),
        0.25,
        seed=0,
    )
    old = [int(user_id[1:]) for user_id in rest.user_ids]
    expected = [
        [1000 * user + item for item in own.numpy()]
        for user, own in zip(old, rest.train, strict=True)
    ]
    assert rest.weights.to_list() == rest.times.to_list() == expected
    assert rest.negatives.to_list() == [[user] for user in old]
    assert rest.negative_weights.to_list() == rest.negatives.to_list()


def test_a_share_of_none_changes_nothing(interactions):
    for share in (0.0, 0.001):
        rest, held_out_users = hold_out_users(interactions, share, seed=0)
        assert rest is interactions
        assert held_out_users is None

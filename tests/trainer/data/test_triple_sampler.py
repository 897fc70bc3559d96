import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.data.triple_sampler import TripleSampler

NUM_ITEMS = 12
TRAIN = [[0, 1, 2], [11], [3, 5, 7, 9], [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]


REJECTED = [[], [0, 5], [11], []]


def sampler(
    batch_size=64, seed=0, train=TRAIN, num_items=NUM_ITEMS, rejected=None
):
    ragged = tf.ragged.constant(train, dtype=tf.int64)
    return TripleSampler(ragged, num_items, batch_size, seed, rejected)


def draws(steps, **options):
    source = sampler(**options)
    draw = tf.function(source.draw)
    drawn = [draw(tf.constant(s, tf.int64)) for s in range(steps)]
    return [
        np.concatenate([d[part].numpy() for d in drawn]) for part in range(3)
    ]


def test_positives_are_the_users_own_and_negatives_never():
    for user, positive, negative in zip(*draws(50), strict=True):
        assert positive in TRAIN[user]
        assert negative not in TRAIN[user]
        assert 0 <= negative < NUM_ITEMS


def test_users_positives_and_negatives_are_uniform():
    users, positives, negatives = draws(800, batch_size=100)
    np.testing.assert_allclose(
        np.bincount(users) / len(users), 1 / len(TRAIN), rtol=0.05
    )
    for user, own in enumerate(TRAIN):
        others = np.setdiff1d(np.arange(NUM_ITEMS), own)
        for drawn, allowed in ((positives, own), (negatives, others)):
            shares = np.bincount(drawn[users == user], minlength=NUM_ITEMS)
            np.testing.assert_allclose(
                shares[allowed] / shares.sum(), 1 / len(allowed), rtol=0.1
            )


def test_a_step_depends_on_seed_and_number_only():
    source = sampler()
    late = source.draw(tf.constant(7, tf.int64))
    for first, again in zip(
        late, sampler().draw(tf.constant(7, tf.int64)), strict=True
    ):
        np.testing.assert_array_equal(first, again)
    for other in (
        sampler(seed=1).draw(tf.constant(7, tf.int64)),
        source.draw(tf.constant(8, tf.int64)),
    ):
        assert not np.array_equal(late[2], other[2])


def test_positions_are_those_of_the_pairs():
    ragged = tf.ragged.constant(TRAIN, dtype=tf.int64)
    triples = sampler().draw(tf.constant(3, tf.int64))
    np.testing.assert_array_equal(
        tf.gather(ragged.values, triples.interactions), triples.positives
    )
    np.testing.assert_array_equal(
        tf.gather(ragged.value_rowids(), triples.interactions), triples.users
    )
    assert (triples.rejections.numpy() == -1).all()


def test_about_every_second_negative_was_rejected():
    rejected = tf.ragged.constant(REJECTED, dtype=tf.int64)
    step = tf.constant(5, tf.int64)
    with_, without = (
        sampler(4000, rejected=rows).draw(step) for rows in (rejected, None)
    )
    for name in ("users", "positives", "interactions"):
        np.testing.assert_array_equal(
            getattr(with_, name), getattr(without, name)
        )
    taken = with_.rejections.numpy() >= 0
    users, negatives = with_.users.numpy(), with_.negatives.numpy()
    np.testing.assert_array_equal(
        negatives[~taken], without.negatives.numpy()[~taken]
    )
    places = with_.rejections.numpy()[taken]
    np.testing.assert_array_equal(
        negatives[taken], rejected.values.numpy()[places]
    )
    np.testing.assert_array_equal(
        users[taken], rejected.value_rowids().numpy()[places]
    )
    for user, share in ((0, 0), (1, 0.5), (2, 0.5), (3, 0)):
        assert taken[users == user].mean() == pytest.approx(share, abs=0.05)
    assert (negatives[taken] == 0).sum() == pytest.approx(250, abs=60)


@pytest.mark.parametrize("train", [[[0, 1]], [[0], []]])
def test_a_user_without_negatives_or_positives_is_refused(train):
    with pytest.raises(UserError, match="no triple can be drawn"):
        sampler(train=train, num_items=2)

"""The paper's loss on triples, against numpy and finite differences."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

PENALTIES = {"cnn_l2": 0.1, "user_l2": 2.0}
USERS = np.array([1, 5, 1])
"""A user drawn twice counts twice."""


@pytest.fixture
def batch(colours):
    _, photos = colours
    return {
        "user": tf.constant(USERS),
        "positive": photos.take([0, 1, 2]),
        "negative": photos.take([3, 4, 5]),
    }


@pytest.fixture
def training(make_training):
    return make_training(batch_size=3, **PENALTIES)


def papers_loss(weights, batch):
    """The negative of what the paper maximizes, over the size of the batch."""

    def phi(photos):
        pixels = photos.numpy().reshape(3, -1) / 127.5 - 1
        hidden = np.tanh(
            pixels @ weights["dense/kernel"] + weights["dense/bias"]
        )
        return (
            hidden @ weights["projection/kernel"] + weights["projection/bias"]
        )

    theta = weights["user_tower/embeddings"][USERS]
    difference = phi(batch["positive"]) - phi(batch["negative"])
    kernels = [weights["dense/kernel"], weights["projection/kernel"]]
    paper = (
        np.sum(np.log(1 / (1 + np.exp(-np.sum(theta * difference, axis=1)))))
        - 0.1 * sum(0.5 * np.sum(w**2) for w in kernels)
        - 2.0 * 0.5 * np.sum(theta**2)
    )
    return -paper / len(USERS)


def test_the_gradient_of_the_papers_loss_is_that_of_finite_differences(
    training, batch
):
    variables = training.model.trainable_variables
    rng = np.random.default_rng(3)
    for variable in variables:
        variable.assign(0.4 * rng.normal(size=variable.shape))
    with tf.GradientTape() as tape:
        result = training.loss(*training.losses(batch))
    gradients = tape.gradient(result, [weight.value for weight in variables])
    weights = {
        "/".join(weight.path.split("/")[-2:]): weight.numpy().astype(np.float64)
        for weight in variables
    }
    np.testing.assert_allclose(result, papers_loss(weights, batch), rtol=1e-5)
    for tensor, gradient in zip(weights.values(), gradients, strict=True):
        dense = tf.convert_to_tensor(gradient).numpy()
        for place in np.ndindex(tensor.shape):
            middle, values = tensor[place], []
            for changed in (middle + 1e-5, middle - 1e-5):
                tensor[place] = changed
                values.append(papers_loss(weights, batch))
            tensor[place] = middle
            expected = (values[0] - values[1]) / 2e-5
            assert dense[place] == pytest.approx(expected, rel=1e-3, abs=1e-5)


def test_all_eight_kernels_of_cnn_f_are_decayed(make_training):
    training = make_training(backbone="cnn_f", **PENALTIES, batch_size=3)
    no_losses = tf.zeros([3]), tf.zeros([3, 3])
    kernels = [w for w in training.model.item_tower.get_weights() if w.ndim > 1]
    assert len(kernels) == 8
    expected = 0.1 * sum(0.5 * np.sum(w.astype(float) ** 2) for w in kernels)
    np.testing.assert_allclose(
        training.loss(*no_losses), expected / 3, rtol=1e-4
    )


@pytest.mark.compat
def test_a_step_trains_all_of_both_towers(make_training, batch):
    training = make_training(learning_rate=0.01, **PENALTIES)
    before = [w.copy() for w in training.model.get_weights()]
    training.train_step(batch)
    for variable, old in zip(training.model.weights, before, strict=True):
        # The bias of the projection drops out of a difference of scores.
        if variable.path.endswith("projection/bias"):
            continue
        assert not np.array_equal(old, variable.numpy()), variable.path
    assert float(training.metrics["bpr"].result()) > 0
    assert float(training.metrics["loss"].result()) > 0


def test_a_user_drawn_twice_takes_one_step(training, batch):
    """Adam's first step is the learning rate, whatever the gradient."""
    before = ops.convert_to_numpy(training.model.user_tower.embeddings)
    training.train_step({**batch, "user": tf.constant([2, 2, 2])})
    step = ops.convert_to_numpy(training.model.user_tower.embeddings) - before
    np.testing.assert_allclose(np.abs(step[2]), 1e-3, rtol=0.02)
    assert not np.delete(step, 2, axis=0).any()


def test_triples_count_by_weight(make_training, weighed_colours):
    """A rejected negative counts by the weight of the rejection."""
    training = make_training(None, weighed_colours, batch_size=40)
    (batch,) = training.batches_from(0).take(1)
    triples = training._sampler.draw(tf.constant(0, tf.int64))
    assert (triples.rejections.numpy() >= 0).any()
    weights = weighed_colours.weights.values.numpy()
    rejections = weighed_colours.negative_weights.values.numpy()
    expected = np.where(
        triples.rejections >= 0,
        rejections[triples.rejections],
        weights[triples.interactions],
    )
    np.testing.assert_allclose(batch["weight"], expected)
    weight = batch.pop("weight")
    plain, _ = training.losses(batch)
    weighed, _ = training.losses({**batch, "weight": weight})
    np.testing.assert_allclose(weighed, plain * weight, rtol=1e-6)


def test_rejections_alone_count_by_weight(make_training, weighed_colours):
    interactions = dataclasses.replace(weighed_colours, weights=None)
    training = make_training(None, interactions, batch_size=40)
    (batch,) = training.batches_from(0).take(1)
    triples = training._sampler.draw(tf.constant(0, tf.int64))
    sampled = triples.rejections.numpy() < 0
    assert (batch["weight"].numpy()[sampled] == 1).all()


def test_two_devices_split_the_loss_of_a_batch(training):
    """Each half of a batch, on a device of its own, adds up to the whole."""
    losses = tf.constant([0.5, 1.0, 2.0, 0.1])
    users = tf.random.stateless_normal([4, 3], [0, 1])
    whole = training.loss(losses, users)
    training._replicas = 2
    parts = [
        training.loss(losses[part], users[part])
        for part in (slice(0, 2), slice(2, 4))
    ]
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-5)


def test_batches_hold_the_photos_of_their_triples(training, colours):
    interactions, photos = colours
    (batch,) = training.batches_from(7).take(1)
    pixels = photos.take(tf.range(len(photos))).numpy()
    for user, positive, negative in zip(
        batch["user"].numpy(),
        batch["positive"].numpy(),
        batch["negative"].numpy(),
        strict=True,
    ):
        own = interactions.train[user].numpy()
        result = [
            np.flatnonzero((pixels == photo).all(axis=(1, 2, 3)))[0]
            for photo in (positive, negative)
        ]
        assert result[0] in own
        assert result[1] not in own


def test_an_epoch_is_as_many_triples_as_interactions(make_training):
    assert make_training(batch_size=7).steps_per_epoch == 12 * 5 // 7
    assert make_training(batch_size=1000).steps_per_epoch == 1

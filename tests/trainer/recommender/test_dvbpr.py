"""The paper's preset, setting by setting.

What is asked for is what the authors' released code does (Kang et al. 2017).
The draw of triples is tested in `data/test_triple_sampler.py`, the network
layer by layer in `models/backbones/test_cnn_f.py`, the loss in
`test_pairwise_trainer.py`.
"""

import argparse

import keras
import numpy as np
import pytest
from keras import layers

from trainer.recommender.build_model import build_model
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.pairwise_trainer import PairwiseTrainer

USERS = 300


@pytest.fixture(scope="module")
def config():
    parser = argparse.ArgumentParser()
    RecommenderConfig.add_arguments(parser)
    return RecommenderConfig.from_arguments(
        parser.parse_args(["--preset=dvbpr"])
    )


@pytest.fixture(scope="module")
def model(config):
    """With photos of 32 pixels, which changes the size of fc6 alone."""
    keras.utils.set_random_seed(0)
    return build_model(config, 32, USERS, np.ones(9, int))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("backbone", "cnn_f"),
        ("weights", ""),
        ("frozen_stages", 0),
        ("frozen_epochs", 0),
        ("pca_components", 0),
        ("augmentation", 0),
        ("embedding_dim", 100),
        ("user_tower", "id"),
        ("item_embeddings", 0),
        ("loss", "bpr"),
        ("positives_per_image", 0),
        ("negatives", "uniform"),
        ("batch_size", 128),
        ("epochs", 20),
        ("optimizer", "adam"),
        ("learning_rate", 1e-4),
        ("backbone_learning_rate", 0),
        ("warmup_epochs", 0),
        ("final_lr_fraction", 1),
        ("cnn_l2", 1e-3),
        ("user_l2", 1.0),
        ("feature_dropout", 0),
    ],
)
def test_settings(config, name, value):
    assert getattr(config, name) == value


def test_parameters_of_the_item_tower_at_224_pixels(config):
    tower = build_model(config, 224, 2, np.ones(9, int)).item_tower
    assert (
        sum(int(np.prod(weight.shape)) for weight in tower.trainable_variables)
        == 70_778_724
    )
    # Eight kernels and eight biases, all of them trained.
    assert len(tower.weights) == len(tower.trainable_variables) == 16


def test_user_factors_start_uniform_between_0_and_a_hundredth(model):
    theta = model.user_tower.embeddings.numpy()
    assert theta.shape == (USERS, 100)
    assert theta.min() >= 0
    assert theta.max() <= 0.01
    np.testing.assert_allclose(theta.mean(), 0.005, rtol=0.02)


def test_kernels_start_glorot_uniform_and_biases_at_zero(model):
    kernels = 0
    for weight in model.item_tower.trainable_variables:
        value = weight.numpy()
        if weight.path.endswith("bias"):
            assert not value.any()
            continue
        kernels += 1
        field = np.prod(value.shape[:-2])
        limit = np.sqrt(6 / (field * (value.shape[-2] + value.shape[-1])))
        assert np.abs(value).max() <= limit
        np.testing.assert_allclose(value.std(), limit / np.sqrt(3), rtol=0.03)
    assert kernels == 8


def test_scores_are_products_without_a_bias(model):
    photos = np.random.default_rng(0).integers(0, 256, (2, 2, 32, 32, 3))
    positive, negative, users = model.score_triples(
        {"user": np.array([3, 7]), "positive": photos[0], "negative": photos[1]}
    )
    theta = model.user_tower.embeddings.numpy()[[3, 7]]
    np.testing.assert_array_equal(users, theta)
    for scores, image in ((positive, photos[0]), (negative, photos[1])):
        phi = keras.ops.convert_to_numpy(
            model.item_tower.projection(
                model.item_tower.backbone((image - 127.5) / 127.5)
            )
        )
        np.testing.assert_allclose(
            scores, (theta * phi).sum(axis=1), rtol=1e-3, atol=1e-8
        )


def test_half_of_both_fully_connected_layers_is_dropped_in_training(model):
    dropouts = [
        layer
        for layer in model.item_tower.backbone.layers
        if isinstance(layer, layers.Dropout)
    ]
    assert [layer.rate for layer in dropouts] == [0.5, 0.5]
    photo = np.full((1, 32, 32, 3), 90)
    batch = {"user": np.array([0]), "positive": photo, "negative": photo}
    # Each of the two photos has a mask of its own.
    positive, negative = np.transpose(model(batch, training=True))
    assert not np.allclose(positive, negative, rtol=1e-2, atol=0)
    positive, negative = np.transpose(model(batch, training=False))
    np.testing.assert_allclose(positive, negative, rtol=1e-4)


@pytest.fixture(scope="module")
def training(config, colours):
    """With photos of 4 pixels."""
    interactions, photos = colours
    keras.utils.set_random_seed(0)
    model = build_model(config, 4, 12, interactions.train_counts())
    return PairwiseTrainer(model, config, interactions, photos, replicas=1)


def test_adam_at_a_constant_rate(training):
    for optimizer in training.model.optimizer.parts:
        assert isinstance(optimizer, keras.optimizers.Adam)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.9, 0.999)
        assert optimizer.epsilon == 1e-8
        assert optimizer.weight_decay is None
        assert optimizer.global_clipnorm is None
        for step in (0, 1, 1000):
            optimizer.iterations.assign(step)
            assert float(optimizer.learning_rate) == np.float32(1e-4)
        optimizer.iterations.assign(0)


def test_the_loss_starts_at_ln_2_a_triple_and_the_penalties(training):
    """88.7 a batch of 128, as scores start near zero."""
    (batch,) = training.batches_from(0).take(1)
    assert batch["user"].shape == (128,)
    losses, users = training.losses(batch)
    np.testing.assert_allclose(np.sum(losses), 128 * np.log(2), rtol=1e-3)
    kernels = [w for w in training.model.item_tower.get_weights() if w.ndim > 1]
    expected = (
        np.sum(losses)
        + 1e-3 * sum(0.5 * np.sum(w.astype(float) ** 2) for w in kernels)
        + 1.0 * 0.5 * np.sum(np.square(users))
    ) / 128
    result = training.loss(losses, users)
    np.testing.assert_allclose(result, expected, rtol=1e-4)

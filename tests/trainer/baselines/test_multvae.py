import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.baselines import multvae
from trainer.baselines import training_loop as fitting
from trainer.baselines.baseline import BaselineData
from trainer.baselines.multvae import FACTORS
from trainer.baselines.multvae import MultVAEModel
from trainer.baselines.multvae import fit_multvae


def softmax(values):
    shares = np.exp(values - values.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def test_loss_is_likelihood_plus_divergence(monkeypatch):
    monkeypatch.setattr(multvae, "DROPOUT", 0.0)
    noise = np.random.default_rng(1).normal(size=(5, FACTORS))
    monkeypatch.setattr(
        keras.random, "normal", lambda *_, **__: noise.astype(np.float32)
    )
    histories = (np.random.default_rng(0).random((5, 7)) < 0.5).astype(float)
    histories[0] = 0  # A user without items.
    model = MultVAEModel(7, seed=0)
    layers = [
        tuple(map(np.asarray, layer.get_weights()))
        for layer in (
            model.encoder,
            model.gaussian,
            model.decoder,
            model.output_layer,
        )
    ]

    def dense(inputs, index):
        return inputs @ layers[index][0] + layers[index][1]

    norms = np.maximum(np.linalg.norm(histories, axis=1, keepdims=True), 1)
    encoded = dense(np.tanh(dense(histories / norms, 0)), 1)
    mean, deviation = encoded[:, :FACTORS], np.exp(encoded[:, FACTORS:] / 2)
    shares = softmax(dense(np.tanh(dense(mean + deviation * noise, 2)), 3))
    divergence = np.sum(
        (mean**2 + deviation**2 - 1) / 2 - np.log(deviation), axis=1
    )
    expected = 0.3 * divergence - np.sum(histories * np.log(shares), axis=1)
    np.testing.assert_allclose(
        model.loss_of(tf.constant(histories, tf.float32), 0.3),
        expected.mean(),
        rtol=1e-5,
    )


def test_items_nobody_bought_rank_last(planted, interactions_of, monkeypatch):
    monkeypatch.setattr(fitting, "EPOCHS", 2)
    train = [[0, 1], [1, 2], [2, 4]]
    interactions = interactions_of(train, [(0, 2)], num_items=6)
    scores = fit_multvae(BaselineData(interactions))(np.arange(3))
    assert scores[:, [3, 5]].max() < scores[:, [0, 1, 2, 4]].min()
    assert np.isfinite(scores).all()


@pytest.mark.slow
def test_another_seed_gives_another_model(planted, monkeypatch):
    monkeypatch.setattr(fitting, "EPOCHS", 2)
    users = np.arange(3)
    other = dataclasses.replace(planted, seed=1)
    assert not np.allclose(
        fit_multvae(planted)(users), fit_multvae(other)(users)
    )

"""Training in bfloat16: what of it is float32, and how near it comes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from atelier.io import json_files
from atelier.schema import run_artifacts
from trainer.models.embeddings import map_catalog
from trainer.recommender import train as recommender
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.mixed_precision import float32_compute
from trainer.training.mixed_precision import set_compute_dtype
from trainer.training.run import Run

TRIPLES = {"batch_size": 8}
PHOTOS = {
    "batch_size": 8,
    "positives_per_image": 2,
    "user_tower": "history",
    "item_embeddings": 1,
    "loss": "softmax",
    "negatives": "mixed",
    "num_negatives": 8,
}
NEAR = 0.01
"""Each number is rounded by up to 2^-9 of its size, in layer after layer."""


@pytest.fixture
def network():
    """A convolution, inside of a layer inside of a model."""
    images = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="conv")(images)
    inner = keras.Model(images, x)
    return keras.Sequential([inner, keras.layers.Flatten()])


def test_layers_compute_in_it_and_weights_do_not(network):
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 3))
    exact = keras.ops.convert_to_numpy(network(images))
    set_compute_dtype("bfloat16", network)
    rounded = network(images)
    assert keras.backend.standardize_dtype(rounded.dtype) == "bfloat16"
    assert {weight.dtype for weight in network.weights} == {"float32"}
    rounded = keras.ops.convert_to_numpy(keras.ops.cast(rounded, "float32"))
    assert 0 < np.abs(rounded - exact).max() < NEAR * np.abs(exact).max()
    with float32_compute(network):
        np.testing.assert_array_equal(network(images), exact)
    again = keras.ops.cast(network(images), "float32")
    np.testing.assert_array_equal(again, rounded)


@pytest.mark.parametrize("values", [TRIPLES, PHOTOS])
def test_the_loss_is_near_that_of_float32(make_training, values):
    losses = []
    for precision in ("float32", "bfloat16"):
        training = make_training(precision=precision, **values)
        training.start()
        training.train_step(next(iter(training.batches_from(0))))
        model = training.model
        held = [*model.weights, *model.optimizer.variables]
        held = [tensor.dtype for tensor in held if "float" in tensor.dtype]
        assert set(held) == {"float32"}
        losses.append(float(training.metrics["loss"].result()))
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=NEAR)


def test_it_learns(make_training):
    training = make_training(
        precision="bfloat16", learning_rate=0.02, **TRIPLES
    )
    step = tf.function(training.train_step)
    for batch in training.batches_from(0).take(40):
        step(batch)
    assert training.evaluate()["val_auc"] > 0.7


def test_it_is_judged_in_float32(make_training):
    rounded = make_training(precision="bfloat16", **TRIPLES)
    exact = make_training(**TRIPLES)
    np.testing.assert_array_equal(rounded.features(), exact.features())
    photos = rounded.photos.take(np.arange(len(rounded.photos)))
    result = rounded.model.item_tower.features(photos, training=True)
    assert keras.backend.standardize_dtype(result.dtype) == "float32"
    assert np.abs(result - exact.features()).max() > 0


@pytest.mark.slow
def test_what_is_loaded_is_what_was_judged(tiny, data_dir, tmp_path, eagerly):
    values = {**PHOTOS, "backbone": tiny, "embedding_dim": 8, "epochs": 1}
    run = Run.start(
        str(tmp_path),
        data_dir,
        RecommenderConfig(precision="bfloat16", **values),
    )
    recommender.train(run, verbose=0)
    assert (
        Run.load(str(tmp_path), RecommenderConfig).config.precision
        == "bfloat16"
    )
    trained = load_recommender(run)
    # Those of the run's own validation were kept.
    again = map_catalog(trained.item_tower, trained.images)
    np.testing.assert_allclose(trained.visual_vectors, again, atol=1e-5)
    (row,) = json_files.read_json_lines(str(tmp_path), run_artifacts.HISTORY)
    scores = trained.user_vectors @ trained.item_vectors.T
    interacted = trained.interactions.interacted
    aucs = [
        np.mean(scores[user, item] > np.delete(scores[user], interacted[user]))
        for user, item in trained.interactions.validation
    ]
    assert np.mean(aucs) == pytest.approx(row["val_auc"], abs=1e-6)

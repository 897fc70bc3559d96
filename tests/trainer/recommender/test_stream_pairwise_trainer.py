"""Training on a stream with negatives of the catalog: its loss and a run."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from atelier.io import json_files
from atelier.schema import run_artifacts
from trainer.data.catalog_sample import CatalogSample
from trainer.recommender.build_model import build_model
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.stream_pairwise_trainer import StreamPairwiseTrainer

PEOPLE = 12
USERS = np.array([3, 5, 3])
ITEMS = np.array([10, 11, 12])
DRAWN = np.array([12, 1, 11])
IS_NEGATIVE = np.array([[0, 1, 1], [1, 1, 0], [0, 1, 1]])
"""User 3 has 10 and 12, user 5 has 11."""


@pytest.fixture
def training(tiny, colours):
    """A trainer without streams, on images of `colours`."""
    config = RecommenderConfig(
        input="stream", backbone=tiny, embedding_dim=3, weight_power=0.5
    )
    keras.utils.set_random_seed(0)
    model = build_model(config, 4, PEOPLE, np.empty(0, np.int64))
    stream = types.SimpleNamespace(batch_size=len(USERS), steps_per_epoch=10)
    sample = CatalogSample(*colours, rows=np.arange(PEOPLE))
    return StreamPairwiseTrainer(model, config, stream, None, sample, 1)


@pytest.mark.usefixtures("eagerly")
def test_the_loss_is_the_mean_over_the_negatives_drawn(training, colours):
    photos = colours[1]
    triples = {
        "user": tf.constant(USERS),
        "item": tf.constant(ITEMS),
        "photos": photos.take(ITEMS),
        "weight": tf.constant([1.0, 9.0, np.nan]),
    }
    drawn = {"item": tf.constant(DRAWN), "photos": photos.take(DRAWN)}
    losses, users = training.losses((triples, drawn))
    theta = training.model.user_tower(USERS).numpy()
    np.testing.assert_allclose(users, theta)
    own, others = (
        training.model.item_tower(photos.take(items)).numpy()
        for items in (ITEMS, DRAWN)
    )
    differences = theta @ others.T - (theta * own).sum(axis=1, keepdims=True)
    expected = np.average(
        np.log1p(np.exp(differences)), axis=1, weights=IS_NEGATIVE
    )
    # Roots 1 and 3, of mean 2.
    expected *= [0.5, 1.5, 1.0]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


@pytest.mark.slow
def test_a_resumed_run_ends_as_the_uninterrupted(train_on_stream):
    """Stopped in the middle of the second epoch of three steps."""
    run, whole = train_on_stream("whole", [0], loss="bpr")
    _, resumed = train_on_stream("resumed", [4, 0], loss="bpr")
    for one, other in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(one, other)
    rows = json_files.read_json_lines(run.run_dir, run_artifacts.HISTORY)
    assert rows[-1]["bpr"] < rows[0]["bpr"]

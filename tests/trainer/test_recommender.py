import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from records.errors import UserError
from trainer import recommender
from trainer.config import RecommenderConfig
from trainer.dataset import load_interactions
from trainer.dataset import load_photos
from trainer.embedding import embed_catalogue
from trainer.embedding import user_embeddings
from trainer.run import Run
from trainer.two_tower import TwoTower


@pytest.fixture(scope="module")
def photos(data_dir):
    return load_photos(data_dir, 1 << 30)


@pytest.fixture
def training(data_dir, photos):
    interactions = load_interactions(data_dir)
    config = RecommenderConfig(
        backbone="cnn_f",
        embedding_dim=4,
        batch_size=3,
        weight_decay=0.1,
        user_penalty=2.0,
    )
    model = TwoTower("cnn_f", 32, 4, len(interactions.user_ids))
    return recommender.RecommenderTraining(
        model, config, interactions, photos, replicas=1
    )


def test_the_loss_is_the_papers_sum_over_the_batch(training, photos):
    users = np.array([1, 5, 1])  # A user drawn twice counts twice.
    batch = {
        "user": users,
        "positive": photos.take([0, 1, 2]),
        "negative": photos.take([3, 4, 5]),
    }
    positive, negative, theta = training.model(batch, training=False)
    losses = recommender.bpr.bpr_loss(positive, negative)
    found = float(training._loss(losses, theta))

    x = ops.convert_to_numpy(positive) - ops.convert_to_numpy(negative)
    rows = ops.convert_to_numpy(training.model.user_tower.embeddings)[users]
    kernels = [w for w in training.model.item_tower.get_weights() if w.ndim > 1]
    assert len(kernels) == 8
    paper = (
        np.sum(np.log(1 / (1 + np.exp(-x))))
        - 0.1 * sum(0.5 * np.sum(w**2) for w in kernels)
        - 2.0 * 0.5 * np.sum(rows**2)
    )
    np.testing.assert_allclose(found, -paper / 3, rtol=1e-4)


def test_a_step_trains_both_towers(training, photos):
    before = [w.copy() for w in training.model.get_weights()]
    training.train_step(
        {
            "user": tf.constant([0, 1, 2]),
            "positive": photos.take([0, 1, 2]),
            "negative": photos.take([3, 4, 5]),
        }
    )
    after = training.model.get_weights()
    names = [weight.path for weight in training.model.weights]
    for name, old, new in zip(names, before, after, strict=True):
        if name.endswith(("kernel", "embeddings")):
            assert not np.array_equal(old, new), name
    assert float(training.metrics["bpr"].result()) > 0


def test_a_user_drawn_twice_takes_one_step(training, photos):
    """Adam's first step is the learning rate, whatever the gradient."""
    before = ops.convert_to_numpy(training.model.user_tower.embeddings)
    training.train_step(
        {
            "user": tf.constant([2, 2, 2]),
            "positive": photos.take([0, 1, 2]),
            "negative": photos.take([3, 4, 5]),
        }
    )
    step = ops.convert_to_numpy(training.model.user_tower.embeddings) - before
    np.testing.assert_allclose(np.abs(step[2]), 1e-3, rtol=0.02)
    assert not np.delete(step, 2, axis=0).any()


def test_two_devices_split_the_loss_of_a_batch(training, data_dir, photos):
    """Each half of a batch, on a device of its own, adds up to the whole."""
    interactions = load_interactions(data_dir)
    halves = recommender.RecommenderTraining(
        training.model, training._config, interactions, photos, replicas=2
    )
    losses = tf.constant([0.5, 1.0, 2.0, 0.1])
    users = tf.random.stateless_normal([4, 4], [0, 1])
    whole = training._loss(losses, users)
    parts = [
        halves._loss(losses[part], users[part])
        for part in (slice(0, 2), slice(2, 4))
    ]
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-5)


def test_validation_is_the_mean_over_the_held_out_pairs(
    training, uneven_dir, uneven_splits, photos
):
    model = training.model
    scores = (
        user_embeddings(model) @ embed_catalogue(model.item_tower, photos).T
    )
    taken = np.concatenate(list(uneven_splits.values()))
    aucs, hits = [], []
    for user, item in uneven_splits["validation"]:
        own = taken[taken[:, 0] == user, 1]
        others = np.delete(scores[user], own)
        aucs.append(np.mean(scores[user, item] > others))
        hits.append(np.sum(others >= scores[user, item]) < 10)
    found = recommender.RecommenderTraining(
        model, training._config, load_interactions(uneven_dir), photos, 1
    ).evaluate()
    assert len(aucs) == 29
    assert found["val_auc"] == pytest.approx(np.mean(aucs))
    assert found["val_hr@10"] == pytest.approx(np.mean(hits))


def test_data_without_validation_are_one_sentence(
    resplit, uneven_splits, tmp_path
):
    data_dir = resplit(**{**uneven_splits, "validation": np.empty((0, 2))})
    run = Run.start(str(tmp_path), data_dir, RecommenderConfig())
    with pytest.raises(
        UserError, match="holds out no validation item"
    ) as error:
        recommender.train(run, verbose=0)
    assert data_dir in str(error.value)


@pytest.mark.parametrize(
    ("backbone", "weights", "tolerance"),
    # Batch statistics are added up in another order, which a maximum magnifies.
    [("cnn_f", 17, 1e-4), ("small", 18, 1e-2)],
)
def test_two_devices_train_the_weights_that_one_does(
    data_dir, tmp_path, backbone, weights, tolerance
):
    script = pathlib.Path(__file__).with_name("replicas.py")
    out = tmp_path / "weights"
    subprocess.run(
        [sys.executable, str(script), data_dir, str(out), backbone],
        check=True,
        env={**os.environ, "PYTHONPATH": str(script.parents[2])},
    )
    found = np.load(f"{out}.npz")
    names = [name[4:] for name in found if name.startswith("one ")]
    assert len(names) == weights
    for name in names:
        one, two = found[f"one {name}"], found[f"two {name}"]
        limit = 1e-6 + tolerance * np.abs(one).max()
        np.testing.assert_allclose(one, two, rtol=0, atol=limit)

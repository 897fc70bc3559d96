"""Training on a stream with the negatives of the batch: loss, runs, resume."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from atelier.io import json_files
from atelier.schema import run_artifacts
from trainer import task
from trainer.data.catalog_sample import CatalogSample
from trainer.recommender.build_model import build_model
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.cross_batch_memory import batch_candidates
from trainer.recommender.stream_candidate_trainer import StreamCandidateTrainer
from trainer.recommender.stream_candidate_trainer import candidate_labels
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

PEOPLE = 12
USERS = np.array([3, 5, 3, 7, 5])
ITEMS = np.array([10, 11, 12, 11, 11])
"""User 3 has 10 and 12, user 5 has 11 twice, user 7 has it too."""
LABELS = [
    [1, 0, -1, -1, -1],
    [0, 1, 0, -1, -1],
    [-1, 0, 1, -1, -1],
    [0, 1, 0, -1, -1],
    [0, 1, 0, -1, -1],
]
WEIGHTS = np.array([1.0, 4.0, np.nan, 4.0, 9.0], np.float32)


def labels_of(users, items):
    phi = tf.zeros([len(ITEMS), 3])
    candidates = batch_candidates(tf.constant(USERS), tf.constant(ITEMS), phi)
    return candidate_labels(tf.constant(users), tf.constant(items), candidates)


def test_accidental_hits_are_no_negatives():
    np.testing.assert_array_equal(labels_of(USERS, ITEMS), LABELS)


def test_a_device_compares_its_pairs_with_those_of_all():
    np.testing.assert_array_equal(labels_of(USERS[3:], ITEMS[3:]), LABELS[3:])


@pytest.fixture
def make_stream_training(tiny, colours):
    """Returns make_stream_training(**config), on images of `colours`."""

    def make(**values) -> StreamCandidateTrainer:
        config = RecommenderConfig(
            input="stream", backbone=tiny, embedding_dim=3, **values
        )
        keras.utils.set_random_seed(0)
        tf.config.experimental.enable_op_determinism()
        model = build_model(config, 4, PEOPLE, np.empty(0, np.int64))
        stream = types.SimpleNamespace(
            batch_size=len(USERS), steps_per_epoch=10
        )
        sample = CatalogSample(*colours, rows=np.arange(PEOPLE))
        return StreamCandidateTrainer(
            model, config, stream, sample, 30, replicas=1
        )

    return make


def batch_of(photos, items, users=USERS):
    return {
        "user": tf.constant(users),
        "item": tf.constant(items),
        "photos": photos.take(items),
        "weight": tf.constant(WEIGHTS),
    }


def expected_losses(name, scores, probabilities):
    """The loss of each pair over its negatives, by the papers."""
    losses = []
    for row, labels in zip(scores, np.array(LABELS), strict=True):
        own = int(np.argmax(labels))
        others = np.flatnonzero(labels == 0)
        if name == "softmax":
            row = row - np.log(probabilities)
            exponents = np.exp(row[[own, *others]])
            losses.append(-np.log(exponents[0] / exponents.sum()))
        else:
            margins = np.maximum(1 - row[own] + row[others], 0)
            losses.append(np.log1p((margins > 0).sum()) * margins.max())
    return np.array(losses)


@pytest.mark.parametrize("name", ["softmax", "warp"])
@pytest.mark.usefixtures("eagerly")
def test_the_loss_is_that_over_the_other_items(
    make_stream_training, colours, name
):
    """In the second step; 10 and 12 were in the first, and 11 was not."""
    training = make_stream_training(loss=name, weight_power=0.5)
    photos = colours[1]
    training.train_step(batch_of(photos, np.array([10, 12, 12, 1, 2])))
    batch = batch_of(photos, ITEMS)
    losses, users = training.losses(batch)
    theta = training.model.user_tower(USERS).numpy()
    np.testing.assert_allclose(users, theta)
    phi = training.model.item_tower(batch["photos"]).numpy()
    expected = expected_losses(
        name, theta @ phi.T, np.array([1, 0.5, 1, 0.5, 0.5])
    )
    # Roots 1, 2, 2 and 3, of mean 2.
    expected *= [0.5, 1.0, 1.0, 1.0, 1.5]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


EARLIER = [
    ([1, 1, 2, 4, 6], [13, 14, 13, 15, 16]),
    ([3, 2, 9, 9, 8], [14, 11, 12, 17, 17]),
    ([7, 5, 1, 2, 4], [10, 18, 19, 12, 10]),
]
"""Users and items of three steps; the first is not in a memory of two."""


@pytest.mark.usefixtures("eagerly")
def test_the_memory_adds_the_items_of_earlier_batches(
    make_stream_training, colours
):
    training = make_stream_training(
        loss="softmax", weight_power=0.0, cross_batch_memory=2
    )
    photos, batches = colours[1], []
    for users, items in [*EARLIER, (USERS, ITEMS)]:
        batch = batch_of(photos, np.array(items), np.array(users))
        # As the tower saw them, before the step.
        phi = training.model.item_tower(batch["photos"]).numpy()
        batches.append((users, items, phi))
        if users is not USERS:
            training.train_step(batch)
    losses, users = training.losses(batch)
    expected = memory_losses(users.numpy(), batches)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def memory_losses(theta, batches):
    """The softmax of each pair, over the items of the last three batches."""
    steps = {}
    for step, (_, items, _) in enumerate(batches, start=1):
        for item in set(items):
            steps.setdefault(int(item), []).append(step)
    # The inverse of the mean interval between the steps with an item.
    p = {item: len(seen) / seen[-1] for item, seen in steps.items()}
    losses = []
    for user, item, vector in zip(USERS, ITEMS, theta, strict=True):
        owned = {
            candidate
            for users, items, _ in batches[1:]
            for taker, candidate in zip(users, items, strict=True)
            if taker == user
        }
        exponents = [
            np.exp(vector @ phi[list(items).index(candidate)]) / p[candidate]
            for _, items, phi in batches[1:]
            for candidate in set(map(int, items)) - owned
        ]
        own = np.exp(vector @ batches[-1][2][list(ITEMS).index(item)]) / p[item]
        losses.append(-np.log(own / (own + sum(exponents))))
    return losses


@pytest.fixture(scope="module")
def stream_run(train_flags, build_once) -> str:
    """A run on a stream of the made data set."""

    def train(folder):
        task.main(
            [*train_flags, f"--run_dir={folder / 'run'}",
             "--input=stream", "--loss=softmax"]
        )  # fmt: skip

    return str(build_once("stream_run", train) / "run")


def test_a_stream_beats_chance(stream_run):
    rows = json_files.read_json_lines(stream_run, run_artifacts.HISTORY)
    assert rows[-1]["softmax"] < rows[0]["softmax"]
    assert max(row["val_auc"] for row in rows) > 0.75


def test_what_is_loaded_ranks_as_the_validation_did(stream_run):
    """The sample of a small catalog is all of it."""
    trained = load_recommender(Run.load(stream_run, RecommenderConfig))
    rows = json_files.read_json_lines(stream_run, run_artifacts.HISTORY)
    scores = trained.user_vectors @ trained.item_vectors.T
    interacted = trained.interactions.interacted
    aucs = [
        np.mean(scores[user, item] > np.delete(scores[user], interacted[user]))
        for user, item in trained.interactions.validation
    ]
    best = max(row["val_auc"] for row in rows)
    assert np.mean(aucs) == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize(
    "cross_batch_memory", [0, pytest.param(2, marks=pytest.mark.slow)]
)
def test_a_resumed_run_ends_as_the_uninterrupted(
    train_on_stream, cross_batch_memory
):
    """Stopped in the middle of the second epoch of three steps."""
    values = {"loss": "softmax", "cross_batch_memory": cross_batch_memory}
    _, whole = train_on_stream("whole", [0], **values)
    _, resumed = train_on_stream("resumed", [4, 0], **values)
    for one, other in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(one, other)

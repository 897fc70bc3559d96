"""Towers of ours in TensorFlow Recommenders: lists and hit rates are equal.

It has to be imported without Keras 3, so it runs in a process of its own.
"""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from export.index.top_k import TopK
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.per_user import mean_metrics
from trainer.metrics.ranking.ranks import rank_held_out
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

pytestmark = [pytest.mark.slow, pytest.mark.compat]
K = 5
THEIRS = """
import sys

import numpy as np
import tensorflow as tf
from tensorflow_recommenders.layers.factorized_top_k import BruteForce
from tensorflow_recommenders.metrics import FactorizedTopK

with np.load(sys.argv[1]) as file:
    users, items, ids, excluded, true = (
        tf.constant(file[name])
        for name in ("users", "items", "ids", "excluded", "true")
    )
index = BruteForce(k=5).index(items, ids)
scores, item_ids = index.query_with_exclusions(users, excluded)
metric = FactorizedTopK(candidates=index, ks=(1, 5, 20))
metric.update_state(
    users, tf.gather(items, true), tf.gather(ids, true)[:, None]
)
np.savez(
    sys.argv[2],
    scores=scores,
    item_ids=item_ids.numpy().astype("S"),
    hit_rates=[one.numpy() for one in metric.result()],
)
"""


@pytest.fixture(scope="module")
def trained(run_dir):
    return load_recommender(Run.load(run_dir, RecommenderConfig))


@pytest.fixture(scope="module")
def theirs(trained, tmp_path_factory):
    """The answers of TensorFlow Recommenders to our embeddings."""
    folder = tmp_path_factory.mktemp("theirs")
    interactions = trained.interactions
    ids = np.array([one.encode() for one in interactions.item_ids])
    np.savez(
        folder / "given.npz",
        users=trained.user_vectors,
        items=trained.item_vectors,
        ids=ids,
        excluded=ids[interactions.train.to_tensor().numpy()],
        true=interactions.test[:, 1],
    )
    done = subprocess.run(
        [sys.executable, "-c", THEIRS, "given.npz", "theirs.npz"],
        cwd=folder,
        env={**os.environ, "TF_USE_LEGACY_KERAS": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with np.load(folder / "theirs.npz") as file:
        return dict(file)


def test_the_exact_index_is_brute_force_with_exclusions(trained, theirs):
    interactions = trained.interactions
    ids = tf.constant(interactions.item_ids)
    index = TopK(
        lambda items: tf.gather(ids, items),
        tf.Variable(trained.item_vectors),
        K,
    )
    item_ids, scores = index(
        tf.constant(trained.user_vectors),
        interactions.train.to_tensor(default_value=-1),
    )
    np.testing.assert_array_equal(item_ids, theirs["item_ids"])
    np.testing.assert_allclose(scores, theirs["scores"], rtol=1e-5)
    assert trained.recommend(interactions.user_ids, K) == [
        [one.decode() for one in row] for row in theirs["item_ids"]
    ]


@pytest.mark.parametrize(("place", "k"), enumerate((1, 5, 20)))
def test_hit_rates_are_the_top_k_accuracy(trained, theirs, place, k):
    """With only the held-out item masked, as in TensorFlow Recommenders."""
    pairs = trained.interactions.test
    assert len(pairs) == len(trained.user_vectors)  # One item for each user.
    nothing = tf.RaggedTensor.from_row_lengths([], [0] * len(pairs))
    held_out = HeldOut(
        pairs,
        tf.RaggedTensor.from_row_lengths(pairs[:, 1], [1] * len(pairs)),
        tf.cast(nothing, tf.int64),
        len(trained.item_vectors),
    )
    ranks = rank_held_out(trained.scorer(), held_out).ranks
    found = mean_metrics(ranks, k)[f"hr@{k}"]
    assert found == pytest.approx(theirs["hit_rates"][place])

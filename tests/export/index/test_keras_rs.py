"""Embeddings of ours in Keras RS: lists and ranking metrics are equal.

Keras RS needs a newer TensorFlow than one of the package sets has.
"""

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

keras_rs = pytest.importorskip("keras_rs")
pytestmark = pytest.mark.compat
K = 5


@pytest.fixture(scope="module")
def trained(run_dir):
    return load_recommender(Run.load(run_dir, RecommenderConfig))


def test_the_exact_index_is_brute_force_retrieval(trained):
    layer = keras_rs.layers.BruteForceRetrieval(trained.item_vectors, k=K)
    theirs = layer(trained.user_vectors)
    index = TopK(lambda items: items, tf.Variable(trained.item_vectors), K)
    nothing = tf.fill([len(trained.user_vectors), 1], np.int64(-1))

    items, scores = index(tf.constant(trained.user_vectors), nothing)

    np.testing.assert_array_equal(items, theirs[1])
    np.testing.assert_allclose(scores, theirs[0], rtol=1e-5)


@pytest.mark.parametrize("k", [1, 5, 20])
def test_metrics_are_theirs(trained, k):
    """With only the held-out item masked, as Keras RS knows no exclusions."""
    pairs = trained.interactions.test
    nothing = tf.RaggedTensor.from_row_lengths([], [0] * len(pairs))
    held_out = HeldOut(
        pairs,
        tf.RaggedTensor.from_row_lengths(pairs[:, 1], [1] * len(pairs)),
        tf.cast(nothing, tf.int64),
        len(trained.item_vectors),
    )
    scores = trained.user_vectors[pairs[:, 0]] @ trained.item_vectors.T
    relevant = tf.one_hot(pairs[:, 1], len(trained.item_vectors))
    recall = keras_rs.metrics.RecallAtK(k=k)
    ndcg = keras_rs.metrics.NDCG(k=k)

    found = mean_metrics(rank_held_out(trained.scorer(), held_out).ranks, k)

    assert found[f"hr@{k}"] == pytest.approx(float(recall(relevant, scores)))
    assert found[f"ndcg@{k}"] == pytest.approx(float(ndcg(relevant, scores)))

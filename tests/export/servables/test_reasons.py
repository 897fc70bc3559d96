"""Reasons against sums over all pairs of items."""

import numpy as np
import pytest
import tensorflow as tf

from export.servables.ease_scores import EaseScores
from export.servables.reasons import Reasons
from trainer.models.ease import EASE
from trainer.models.fold_in import fit_fold_in
from trainer.models.user_encoder import HistoryEncoder

ITEMS, WIDTH = 40, 5
LIKED = np.array([[3, 8, -1, 20], [-1, -1, -1, -1], [7, -1, -1, -1]])
RANKED = np.array([[8, 0, 39, 1], [4, 5, 6, 7], [7, 2, -1, -1]])


@pytest.fixture(scope="module")
def vectors():
    """Item embeddings with a bias in the last column."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(ITEMS, WIDTH + 1)).astype(np.float32)


@pytest.fixture(scope="module")
def ease():
    layer = EASE(ITEMS, weight=3.0)
    rng = np.random.default_rng(1)
    items = np.concatenate([rng.permutation(ITEMS)[:9] for _ in range(30)])
    layer.fit(items, np.arange(0, 271, 9))
    return layer


def fold_in(vectors):
    return fit_fold_in(vectors[:, :WIDTH], has_bias=True)


def history(vectors):
    rng = np.random.default_rng(2)
    weights = rng.exponential(size=(ITEMS, 1)).astype(np.float32)
    rows = rng.normal(size=(ITEMS, WIDTH)).astype(np.float32) * weights
    rows = np.concatenate([rows, weights], axis=1)
    return HistoryEncoder(rows, np.ones(WIDTH, np.float32), has_bias=True)


def attention_products(encoder, vectors, liked):
    """Attention weight times inner product, through the pooling."""
    weights = encoder.vectors[liked, -1:]
    parts = encoder.vectors[liked, :-1] / np.sqrt(weights.sum())
    return parts @ vectors[:, :WIDTH].T


def fold_in_products(encoder, vectors, liked):
    offsets = encoder.vectors[liked] - encoder.mean
    mean = offsets.mean(axis=0)
    scale = 1 + mean @ encoder.inverse @ mean
    parts = offsets @ encoder.inverse / len(liked) / scale
    return parts @ vectors[:, :WIDTH].T


def ease_weights(layer, liked):
    found = layer(np.array(liked), np.arange(len(liked)), num_users=len(liked))
    return found.numpy()


@pytest.mark.parametrize("with_ease", [False, True])
@pytest.mark.parametrize(
    ("build", "products"),
    [
        (history, attention_products),
        (fold_in, fold_in_products),
        (history, None),
    ],
)
def test_equals_the_formula(vectors, ease, with_ease, build, products):
    encoder = build(vectors)
    reasons = Reasons(
        encoder,
        tf.Variable(encoder.vectors),
        tf.Variable(vectors),
        EaseScores(ease) if with_ease else None,
    )
    because, shares = reasons(
        tf.constant(LIKED), tf.constant(RANKED), products is not None
    )
    assert because.shape == shares.shape == RANKED.shape
    for row, ranked in enumerate(RANKED):
        liked = LIKED[row][LIKED[row] >= 0]
        sums = np.zeros((len(liked), ITEMS))
        if len(liked) and products:
            sums += products(encoder, vectors, liked)
        if len(liked) and with_ease:
            sums += ease_weights(ease, liked)
        for place, item in enumerate(ranked):
            counts = np.where(liked != item, np.maximum(sums[:, item], 0), 0)
            if item < 0 or not counts.any():
                assert because[row, place] == -1
                assert shares[row, place] == 0
            else:
                assert because[row, place] == liked[counts.argmax()]
                np.testing.assert_allclose(
                    shares[row, place], counts.max() / counts.sum(), rtol=1e-4
                )


def test_parts_sum_to_the_user_embedding(vectors):
    liked = np.array([[3, 8, 20], [7, 1, 2]])
    for encoder in (history(vectors), fold_in(vectors)):
        rows = encoder.vectors[liked]
        users = np.asarray(encoder(rows.sum(axis=1), np.full(2, 3.0, "f4")))
        parts = encoder.parts(rows, np.ones((2, 3, 1), np.float32))
        offset = getattr(encoder, "offset", 0)
        np.testing.assert_allclose(
            np.sum(parts, axis=1) + offset, users[:, :WIDTH], rtol=1e-4
        )
        rows = np.pad(rows, [(0, 0), (0, 1), (0, 0)], constant_values=9)
        present = np.array([[[1], [1], [1], [0]]] * 2, np.float32)
        padded = encoder.parts(rows, present)
        np.testing.assert_allclose(padded[:, :3], parts, rtol=1e-5)
        assert not np.any(padded[:, 3])

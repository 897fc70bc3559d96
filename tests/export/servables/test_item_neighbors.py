"""Neighbors of items against sums over the whole catalog, by both indexes."""

import numpy as np
import pytest
import tensorflow as tf

from export.index.ivf import IVFIndex
from export.index.top_k import NO_SCORE
from export.servables.ease_scores import EaseScores
from export.servables.id_lookup import IdLookup
from export.servables.item_filter import ItemFilter
from export.servables.item_neighbors import ItemNeighbors
from export.servables.item_vectors import ItemVectors
from trainer.models.ease import EASE
from trainer.models.fold_in import fit_fold_in

pytestmark = pytest.mark.usefixtures("eagerly")
ITEMS, K = 60, 12
IDS = [f"item {index}" for index in range(ITEMS)]
CATEGORIES = np.array(["hat", "shoe", "tie", ""])[np.arange(ITEMS) % 4]
CATEGORIES[3] = "belt"


class Trained:
    """The vectors of a model that knows images alone."""

    item_vectors = np.random.default_rng(0).normal(size=(ITEMS, 4)).astype("f4")
    visual_vectors = item_vectors
    encoder = fit_fold_in(item_vectors)


@pytest.fixture(scope="module")
def ease():
    layer = EASE(ITEMS, weight=3.0)
    rng = np.random.default_rng(1)
    # The last ten items have no history.
    items = np.concatenate([rng.permutation(50)[:9] for _ in range(30)])
    layer.fit(items, np.arange(0, 271, 9))
    return layer


def build(ease, exact):
    vectors = ItemVectors(Trained, exact)
    item_filter = ItemFilter(list(CATEGORIES))
    gone = np.arange(ITEMS) % 7 == 1
    item_filter._availability.assign(np.where(gone, NO_SCORE, 0))
    index = None
    if not exact:
        partition_of = np.arange(ITEMS) % 5
        index = IVFIndex(vectors.visual, partition_of, item_filter.category_ids)
    neighbors = ItemNeighbors(
        IdLookup(IDS, "items"), vectors, K, index, item_filter,
        EaseScores(ease) if ease else None,
    )  # fmt: skip
    return neighbors, gone


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("with_ease", [True, False])
def test_lists_are_those_of_the_formula(ease, exact, with_ease):
    neighbors, gone = build(ease if with_ease else None, exact)
    items = np.array([0, 3, 5, 7, 57])
    asked = tf.constant([*(IDS[item] for item in items), "unheard of"])
    unit = Trained.visual_vectors
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    similar = unit[items] @ unit.T
    suits = similar.copy()
    if with_ease:
        every = np.arange(len(items))
        suits += ease(items, every, num_users=len(items)).numpy()
    others = CATEGORIES[items][:, None] != CATEGORIES
    others |= CATEGORIES[items][:, None] == ""
    for found, scores in (
        (neighbors.similar(asked), similar),
        (neighbors.complementary(asked), np.where(others, suits, NO_SCORE)),
    ):
        scores[np.arange(len(items)), items] = NO_SCORE
        scores[:, gone] = NO_SCORE
        order = np.argsort(-scores, axis=1)[:, :K]
        expected = np.take_along_axis(scores, order, axis=1)
        assert found["known_item"].numpy().tolist() == [True] * 5 + [False]
        assert found["item_ids"].numpy()[:5].astype(str).tolist() == [
            [IDS[item] for item in row] for row in order
        ]
        np.testing.assert_allclose(found["scores"][:5], expected, rtol=1e-4)
        assert not any(found["item_ids"].numpy()[5])
        assert (found["scores"].numpy()[5] == NO_SCORE).all()


@pytest.mark.parametrize("exact", [True, False])
def test_items_similar_to_an_embedding_are_the_nearest_in_stock(exact):
    neighbors, gone = build(None, exact)
    unit = Trained.visual_vectors
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    # Of an embedding, the norm does not count.
    photos = np.array([7.0 * unit[0], 0.2 * unit[8], 0.0 * unit[1]], "f4")
    found = neighbors.similar_to_image(
        tf.constant(photos), tf.constant([True, True, False])
    )
    cosines = unit[[0, 8]] @ unit.T
    assert gone[8]
    cosines[:, gone] = NO_SCORE
    order = np.argsort(-cosines, axis=1)[:, :K]
    assert order[0, 0] == 0
    assert found["item_ids"].numpy()[:2].astype(str).tolist() == [
        [IDS[item] for item in row] for row in order
    ]
    np.testing.assert_allclose(
        found["scores"][:2],
        np.take_along_axis(cosines, order, axis=1),
        rtol=1e-4,
    )
    assert not any(found["item_ids"].numpy()[2])
    assert (found["scores"].numpy()[2] == NO_SCORE).all()

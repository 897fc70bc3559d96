"""Lists without variants, against a search from the best item down."""

import numpy as np
import pytest
import tensorflow as tf

from export.index.top_k import NO_INDEX
from export.index.top_k import NO_SCORE
from export.servables.variants import Variants

ITEMS, K = 60, 8
GROUPS = [
    f"p{index % 7}" if index < 30 else "" if index < 50 else "q"
    for index in range(ITEMS)
]
OWNED = np.array([[0, 31, -1], [-1, -1, -1], [55, 1, 2], [5, 6, 7]])
COLLAPSE = np.array([True, True, True, False])


def oracle(scores, owned, collapse):
    """Best items of different groups, none of an owned group."""
    rows = []
    for row, own, apart in zip(scores, owned, collapse, strict=True):
        seen = {GROUPS[item] for item in own if item >= 0}
        best = []
        for item in np.argsort(-row):
            if row[item] == NO_SCORE or item in own:
                continue
            if not (apart and GROUPS[item] and GROUPS[item] in seen):
                best.append(item)
                seen.add(GROUPS[item])
        rows.append((best + [NO_INDEX] * K)[:K])
    return rows


@pytest.mark.parametrize("available", [ITEMS, 12])
def test_equals_a_search_from_the_best_item_down(available):
    variants = Variants(GROUPS)
    scores = np.random.default_rng(0).normal(size=(4, ITEMS)).astype("f4")
    scores[:, available:] = NO_SCORE
    for own, row in zip(OWNED, scores, strict=True):
        row[own[own >= 0]] = NO_SCORE
    owned, collapse = tf.constant(OWNED, tf.int64), tf.constant(COLLAPSE)
    length = int(variants.length(K, owned, collapse))
    assert length < ITEMS
    best, items = tf.math.top_k(scores, length)
    items = tf.where(best > NO_SCORE, tf.cast(items, tf.int64), NO_INDEX)

    items, best = variants(items, best, owned, collapse, K)

    assert items.numpy().tolist() == oracle(scores, OWNED, COLLAPSE)
    padded = np.pad(scores, [(0, 0), (0, 1)], constant_values=NO_SCORE)
    np.testing.assert_array_equal(
        best, np.take_along_axis(padded, items.numpy(), axis=1)
    )


def test_a_pinned_item_stays_first():
    """Its score is not the highest, and its variant is left out."""
    variants = Variants(["a", "b", "a", "c"])
    items, scores = variants(
        tf.constant([[0, 1, 2, 3]], tf.int64),
        tf.constant([[-1.0, 3.0, 2.0, 1.0]]),
        tf.constant([[NO_INDEX]], tf.int64),
        tf.constant([True]),
        4,
    )
    assert items.numpy().tolist() == [[0, 1, 3, NO_INDEX]]
    assert scores.numpy().tolist() == [[-1.0, 3.0, 1.0, NO_SCORE]]


def test_length_holds_the_worst_case():
    """All variants of better and owned products come first."""
    variants = Variants(["a"] * 5 + ["b"] * 3 + [""] * 20)
    none = tf.zeros([1, 0], tf.int64)
    length = variants.length
    assert int(length(2, none, tf.constant([True]))) == 5 + 1
    assert int(length(3, none, tf.constant([True]))) == 5 + 3 + 1
    assert int(length(2, tf.constant([[6]]), tf.constant([True]))) == 5 + 3 + 1
    assert int(length(2, tf.constant([[6]]), tf.constant([False]))) == 2
    assert int(Variants([""] * 4).length(4, none, tf.constant([True]))) == 4
    assert int(Variants(["a"] * 4).length(4, none, tf.constant([True]))) == 4

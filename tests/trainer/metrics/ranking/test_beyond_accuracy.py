import itertools

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from trainer.metrics.ranking import beyond_accuracy
from trainer.metrics.ranking.beyond_accuracy import NOBODY

VECTORS = np.random.default_rng(0).standard_normal((6, 4))


@hypothesis.settings(deadline=None, max_examples=60)
@hypothesis.given(
    seed=st.integers(0, 99),
    items=st.sampled_from([5, 511, 512, 1500, 5000]),
    levels=st.sampled_from([1, 3, 40, 10**6]),
    k=st.sampled_from([1, 10, 600]),
)
def test_the_best_are_found_as_a_sort_finds_them(seed, items, levels, k):
    rng = np.random.default_rng(seed)
    scores = rng.integers(levels, size=items).astype(np.float32)
    scores[rng.random(items) < 0.2] = np.nan
    scores[rng.random(items) < 0.1] = -np.inf
    left = [item for item in range(items) if not np.isnan(scores[item])]
    left.sort(key=lambda item: (-scores[item], item))
    expected = (left + [NOBODY] * k)[:k]
    assert beyond_accuracy.top_k(scores, k).tolist() == expected


def test_a_list_of_no_candidates_is_empty():
    result = beyond_accuracy.top_k(np.full(2000, np.nan, np.float32), 3)
    assert result.tolist() == [NOBODY] * 3


def test_coverage_is_the_share_of_items_in_some_list():
    result = beyond_accuracy.coverage(np.array([[0, 1], [1, NOBODY]]), 8)
    assert result == 2 / 8


def test_novelty_is_the_mean_of_the_bits_of_each_item():
    counts = np.array([3, 0, 1, 0])
    result = beyond_accuracy.novelty(np.array([[0, 1], [2, NOBODY]]), counts)
    bits = -np.log2((counts + 1) / (counts + 1).sum())
    np.testing.assert_allclose(result, [(bits[0] + bits[1]) / 2, bits[2]])


def test_diversity_is_one_less_the_mean_cosine_of_all_pairs():
    ranked = np.array([[0, 1, 2], [3, 5, NOBODY], [4, NOBODY, NOBODY]])
    expected = []
    for row in ranked:
        cosines = [
            VECTORS[i] @ VECTORS[j]
            / np.linalg.norm(VECTORS[i]) / np.linalg.norm(VECTORS[j])
            for i, j in itertools.combinations(row[row != NOBODY], 2)
        ]  # fmt: skip
        expected.append(1 - np.mean(cosines) if cosines else 0.0)
    np.testing.assert_allclose(
        beyond_accuracy.diversity(ranked, VECTORS), expected
    )


def test_lists_of_equal_images_have_no_diversity():
    vectors = np.array([[1.0, 0], [2, 0], [0, 0]])
    result = beyond_accuracy.diversity(np.array([[0, 1], [0, 2]]), vectors)
    assert result == pytest.approx([0, 1])  # No look at all is like none.

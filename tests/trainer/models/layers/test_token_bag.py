"""Token bags beside latent semantic analysis in numpy."""

import numpy as np
import pytest

from trainer.models.layers.token_bag import TokenBag

ITEMS = [[0, 1, 1], [0, 2], [1, 2, 3], [], [4, 4], [0, 3]]
BUCKETS = 6


def flat(items):
    starts = np.cumsum([0, *map(len, items)])
    buckets = np.array([bucket for item in items for bucket in item], int)
    return buckets, starts


def embed(bag, items):
    buckets, starts = flat(items)
    rows = np.repeat(np.arange(len(items)), np.diff(starts))
    return np.array(bag(buckets, rows, num_rows=len(items)))


def idf():
    counts = np.zeros((len(ITEMS), BUCKETS))
    for row, item in enumerate(ITEMS):
        np.add.at(counts[row], item, 1)
    frequency = (counts > 0).sum(axis=0)
    # Bucket 4 is of one item only, and 5 of none.
    weights = np.log(len(ITEMS) / np.maximum(frequency, 1)) + 1
    return counts, np.where(frequency > 1, weights, 0)


def test_vectors_are_the_tf_idf_on_the_leading_singular_vectors():
    bag = TokenBag(2, BUCKETS)
    bag.fit(*flat(ITEMS))
    counts, weights = idf()
    tfidf = counts * weights
    norms = np.linalg.norm(tfidf, axis=1, keepdims=True)
    _, _, axes = np.linalg.svd(tfidf / np.maximum(norms, 1e-9))
    expected = tfidf @ axes[:2].T
    expected /= np.maximum(np.linalg.norm(expected, axis=1), 1e-9)[:, None]
    vectors = embed(bag, ITEMS)
    # The signs of singular vectors are arbitrary, their products are not.
    np.testing.assert_allclose(
        vectors @ vectors.T, expected @ expected.T, atol=1e-5
    )


def test_an_item_without_known_tokens_is_zero():
    bag = TokenBag(2, BUCKETS)
    bag.fit(*flat(ITEMS))
    vectors = embed(bag, ITEMS)
    np.testing.assert_allclose(
        np.linalg.norm(vectors, axis=1), [1, 1, 1, 0, 0, 1], atol=1e-6
    )


def test_a_bag_of_more_dimensions_than_tokens_ends_in_zeros():
    bag = TokenBag(9, BUCKETS)
    bag.fit(*flat(ITEMS))
    vectors = embed(bag, ITEMS)
    assert not vectors[:, BUCKETS - 1 :].any()
    np.testing.assert_allclose(np.linalg.norm(vectors[0]), 1, rtol=1e-6)


@pytest.mark.parametrize("items", [[[]] * 5, [[0]], [[0, 1], [2, 3]]])
def test_a_catalog_that_shares_no_token_is_all_zeros(items):
    bag = TokenBag(2, BUCKETS)
    bag.fit(*flat(items))
    assert not embed(bag, items).any()

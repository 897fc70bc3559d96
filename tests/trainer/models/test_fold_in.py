import numpy as np
from keras import ops

from trainer.models.fold_in import fit_fold_in


def least_squares(items, liked, ridge):
    """Minimises the objective of the module's docstring directly."""
    rows = liked - items
    size = items.shape[1]
    mean = items.mean(axis=0)
    variance = np.trace((items - mean).T @ (items - mean) / len(items)) / size
    weight = np.sqrt(ridge * variance * len(items))
    stacked = np.concatenate([rows, weight * np.eye(size)])
    target = np.concatenate([np.ones(len(items)), np.zeros(size)])
    return np.linalg.lstsq(stacked, target, rcond=None)[0]


def folded_in(items, liked, **options):
    """theta of one person who likes some rows."""
    fold_in = fit_fold_in(items, **options)
    sums = liked.sum(axis=0, keepdims=True)
    numbers = np.array([len(liked)], items.dtype)
    return ops.convert_to_numpy(fold_in(sums, numbers))[0]


def test_fold_in_solves_its_least_squares_problem():
    rng = np.random.default_rng(5)
    items = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4)) + 3
    np.testing.assert_allclose(
        folded_in(items, items[:5], ridge=0.3),
        least_squares(items, items[:5].mean(axis=0), 0.3),
        rtol=1e-3,
    )


def test_liked_items_score_above_the_catalog():
    rng = np.random.default_rng(6)
    items = rng.normal(size=(300, 8)).astype(np.float32)
    scores = folded_in(items, items[:3]) @ items.T
    assert scores[:3].mean() > scores.mean() + scores.std()


def test_a_catalog_of_equal_images_gives_finite_numbers():
    items = np.ones((5, 3), np.float32)
    assert np.isfinite(folded_in(items, items[:1])).all()


def test_item_biases_count_once_for_every_user():
    items = np.random.default_rng(7).normal(size=(20, 4)).astype(np.float32)
    plain = folded_in(items, items[:3])
    with_bias = folded_in(items, items[:3], has_bias=True)
    np.testing.assert_array_equal(with_bias, [*plain, 1.0])

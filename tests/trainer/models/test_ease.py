import numpy as np
import pytest

from trainer.models import ease
from trainer.models.ease import EASE
from trainer.models.ease import RIDGE

ITEMS = 9
HISTORIES = [[0, 1, 2], [0, 1], [3, 1, 0], [5], [], [2, 3, 5, 6], [2, 3], [6]]
NUM_USERS = len(HISTORIES)
ROWS = np.concatenate(HISTORIES).astype(int)
STARTS = np.cumsum([0, *map(len, HISTORIES)])


def taken(values=None, users=NUM_USERS):
    """X of the first users, float [users, items]."""
    rows = np.zeros((users, ITEMS))
    people = np.repeat(np.arange(users), np.diff(STARTS[: users + 1]))
    rows[people, ROWS[: STARTS[users]]] = 1 if values is None else values
    return rows


def ridge_of_each_column(rows):
    """W by one small ridge regression an item, on all the others."""
    weights = np.zeros((ITEMS, ITEMS))
    for item in range(ITEMS):
        others = np.delete(np.arange(ITEMS), item)
        x = rows[:, others]
        normal = x.T @ x + RIDGE * np.eye(ITEMS - 1)
        weights[others, item] = np.linalg.solve(normal, x.T @ rows[:, item])
    return weights


@pytest.fixture
def fitted():
    layer = EASE(ITEMS, 4.0)
    layer.fit(ROWS, STARTS)
    return layer


def dense(layer):
    """Its weights, [items, items]."""
    every = np.arange(ITEMS)
    return np.array(layer(every, every, num_users=ITEMS))


@pytest.mark.parametrize("users", [8, 3])  # More and fewer than items.
def test_weights_are_a_ridge_regression_an_item(users):
    layer = EASE(ITEMS, 4.0)
    layer.fit(ROWS[: STARTS[users]], STARTS[: users + 1])
    expected = 4 * np.maximum(ridge_of_each_column(taken(users=users)), 0)
    assert (expected > 0).sum() >= 6
    np.testing.assert_allclose(dense(layer), expected, atol=1e-6)


def test_weights_of_interactions_are_the_values_of_x():
    values = np.random.default_rng(0).uniform(0.2, 9, len(ROWS))
    layer = EASE(ITEMS, 4.0)
    layer.fit(ROWS, STARTS, values.astype(np.float32))
    expected = 4 * np.maximum(ridge_of_each_column(taken(values)), 0)
    assert (expected > 0).sum() > 10
    np.testing.assert_allclose(dense(layer), expected, atol=1e-5)


def test_items_of_a_history_count_by_weight(fitted):
    items, rows = np.array([0, 2, 1]), np.array([1, 1, 0])
    weights = np.float32([2.0, 0.5, 3.0])
    result = fitted(items, rows, num_users=2, weights=weights)
    history = np.zeros((2, ITEMS))
    history[rows, items] = weights
    np.testing.assert_allclose(result, history @ dense(fitted), rtol=1e-5)


def test_only_the_nearest_are_kept(monkeypatch):
    monkeypatch.setattr(ease, "NEIGHBORS", 2)
    layer = EASE(ITEMS, 1.0)
    layer.fit(ROWS, STARTS)
    expected = np.maximum(ridge_of_each_column(taken()), 0)
    result = dense(layer)
    # By size: of equal ones either may be kept.
    best = np.sort(expected, axis=1)[:, -2:]
    np.testing.assert_allclose(np.sort(result, axis=1)[:, -2:], best, atol=1e-6)
    assert ((result > 0).sum(axis=1) <= 2).all()
    np.testing.assert_allclose(
        result[result > 0], expected[result > 0], rtol=1e-4
    )


def test_only_the_most_popular_have_neighbors(monkeypatch):
    monkeypatch.setattr(ease, "MOST_ITEMS", 4)
    layer = EASE(ITEMS, 1.0)
    layer.fit(ROWS, STARTS)
    weights = dense(layer)
    kept = [0, 1, 2, 3]
    assert weights[np.ix_(kept, kept)].any(axis=1).all()
    weights[np.ix_(kept, kept)] = 0
    assert not weights.any()


def test_a_history_adds_the_rows_of_its_items(fitted):
    rows = np.repeat(np.arange(len(HISTORIES)), np.diff(STARTS))
    result = np.asarray(fitted(ROWS, rows, num_users=len(HISTORIES)))
    np.testing.assert_allclose(result, taken() @ dense(fitted), atol=1e-6)
    assert not result[4].any()  # Who took nothing.


def test_items_without_co_occurrence_give_nothing():
    layer = EASE(ITEMS, 1.0)
    layer.fit(np.array([3, 4]), np.array([0, 1, 2]))
    assert not dense(layer).any()


def test_similar_items_add_their_cosines_cubed(fitted, monkeypatch):
    monkeypatch.setattr(ease, "MOST_SIMILAR", 3)
    monkeypatch.setattr(ease, "_ROWS_AT_ONCE", 4)
    features = np.random.default_rng(0).normal(size=(ITEMS, 5))
    features[4] = 0
    layer = EASE(ITEMS, 4.0, similarity_weight=7.0)
    layer.fit(ROWS, STARTS)
    layer.fit_similar(features)
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    units = features / np.where(norms, norms, 1)
    cosines = units @ units.T
    np.fill_diagonal(cosines, 0)
    least = np.sort(cosines, axis=1)[:, -3:-2]
    similar = np.where(cosines >= least, 7 * np.maximum(cosines, 0) ** 3, 0)
    np.testing.assert_allclose(dense(layer), dense(fitted) + similar, atol=1e-5)
    assert not dense(layer)[4].any()


def test_a_catalog_of_fewer_items_than_neighbors_has_similar_ones():
    layer = EASE(2, 1.0, similarity_weight=2.0)
    layer.fit_similar(np.array([[1.0, 0.0], [1.0, 0.0]]))
    every = np.arange(2)
    weights = np.array(layer(every, every, num_users=2))
    np.testing.assert_allclose(weights, [[0, 2], [2, 0]], atol=1e-6)

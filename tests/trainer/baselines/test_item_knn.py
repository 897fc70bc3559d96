import numpy as np
from scipy import sparse

from trainer.baselines.baseline import BaselineData
from trainer.baselines.item_knn import SHRINKAGE
from trainer.baselines.item_knn import fit_item_knn
from trainer.baselines.item_knn import item_nearness


def nearness(history, shrinkage):
    """By the formula, in loops."""
    items = history.shape[1]
    result = np.zeros((items, items))
    for i in range(items):
        for j in range(items):
            common = np.sum(history[:, i] * history[:, j])
            if i != j and common:
                norm = np.sqrt(history[:, i].sum() * history[:, j].sum())
                result[i, j] = common / (norm + shrinkage)
    return result


def test_nearness_is_the_shrunk_cosine():
    history = (np.random.default_rng(0).random((40, 9)) < 0.3).astype(
        np.float32
    )
    np.testing.assert_allclose(
        item_nearness(sparse.csr_matrix(history), 9, 2.0).toarray(),
        nearness(history, 2.0),
        rtol=1e-5,
    )


def test_only_the_nearest_are_kept_and_of_equal_ones_the_first():
    history = (np.random.default_rng(1).random((40, 9)) < 0.4).astype(
        np.float32
    )
    history[:, 8] = history[:, 7]  # Equally near to all.
    expected = nearness(history, 0.0)
    for row in expected:
        row[np.argsort(-row, kind="stable")[3:]] = 0
    np.testing.assert_allclose(
        item_nearness(sparse.csr_matrix(history), 3, 0.0).toarray(),
        expected,
        rtol=1e-5,
    )


def test_scores_add_up_and_popularity_orders_the_rest(interactions_of):
    train = [[0, 1], [0, 1, 2], [3], [3, 4], [3]]
    data = BaselineData(interactions_of(train, num_items=7))
    history = np.zeros((5, 7))
    for user, items in enumerate(train):
        history[user, items] = 1
    near = history[1] @ nearness(history, SHRINKAGE).T
    scores = fit_item_knn(data)(np.array([1, 4]))
    np.testing.assert_allclose(scores[0, :3], near[:3], rtol=1e-5)
    assert scores[0].argmax() in (0, 1)
    # 3 has three takers, 4 has one, 5 and 6 have none.
    assert 0 > scores[0, 3] > scores[0, 4] > scores[0, 5] == scores[0, 6]
    assert scores[1, 4] > 0 > scores[1, 0]

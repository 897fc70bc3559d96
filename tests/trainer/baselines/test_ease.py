import numpy as np

from trainer.baselines.baseline import BaselineData
from trainer.baselines.ease import RIDGE
from trainer.baselines.ease import fit_ease


def test_scores_are_those_of_ridge_regressions(interactions_of):
    """Each item is regressed on the others, which is what EASE solves."""
    rng = np.random.default_rng(0)
    train = [rng.choice(9, 4, replace=False) for _ in range(40)]
    history = np.zeros((40, 11))
    for user, items in enumerate(train):
        history[user, items] = 1
    expected = np.zeros((40, 11))
    for item in range(9):
        others = np.delete(np.arange(9), item)
        inputs = history[:, others]
        weights = np.linalg.solve(
            inputs.T @ inputs + RIDGE * np.eye(8), inputs.T @ history[:, item]
        )
        expected[:, item] = inputs @ weights
    score = fit_ease(BaselineData(interactions_of(train, num_items=11)))
    users = np.array([7, 0, 39])
    np.testing.assert_allclose(score(users), expected[users], atol=1e-5)

"""Each model's scores, penalty and gradient against numpy."""

import numpy as np
import pytest

from tests.trainer.baselines.gradients import assert_gradient
from trainer.baselines import bpr_mf
from trainer.baselines import deep_style
from trainer.baselines import fm
from trainer.baselines import lightgcn
from trainer.baselines import vbpr
from trainer.baselines.training_loop import FitConfig
from trainer.baselines.training_loop import objective

MODELS = {
    "bpr_mf": bpr_mf.MatrixFactorization,
    "vbpr": vbpr.VBPRModel,
    "deep_style": deep_style.DeepStyleModel,
    "fm": fm.FactorizationMachine,
    "lightgcn": lightgcn.LightGCNModel,
}
TRIPLES = (
    np.array([3, 0, 3, 9]),
    np.array([1, 2, 1, 60]),
    np.array([[4, 5, 4], [0, 79, 7], [2, 8, 9], [1, 1, 1]]),
)


def bpr_mf_score(model, data, user, item):
    row = np.asarray(model.item_rows.embeddings)[item]
    return np.asarray(model.user_rows.embeddings)[user] @ row[:-1] + row[-1]


def vbpr_score(model, data, user, item):
    gamma_i, beta = np.split(np.asarray(model.item_rows.embeddings)[item], [-1])
    gamma_u, theta_u = np.split(
        np.asarray(model.user_rows.embeddings)[user], [len(gamma_i)]
    )
    weights = np.asarray(model.projection)
    feature = np.asarray(model.features)[item]
    return (
        gamma_u @ gamma_i
        + theta_u @ (feature @ weights[:, :-1])
        + beta[0]
        + feature @ weights[:, -1]
    )


def deep_style_score(model, data, user, item):
    style = (
        np.asarray(model.features)[item] @ np.asarray(model.projection)
        - np.asarray(model.categories)[data.categories[item]]
        + np.asarray(model.item_rows.embeddings)[item]
    )
    return np.asarray(model.user_rows.embeddings)[user] @ style


def fm_score(model, data, user, item):
    """The sum over all pairs of x, as the definition has it."""
    user_row = np.asarray(model.user_rows.embeddings)[user]
    item_rows = np.asarray(model.item_rows.embeddings)
    weights = np.concatenate(
        [
            np.append(user_row, 0.0)[None],
            item_rows[[item]],
            np.asarray(model.category_rows)[[data.categories[item]]],
            np.asarray(model.feature_rows),
        ]
    )
    x = np.concatenate([[1, 1, 1], np.asarray(model.features)[item]])
    score = weights[:, -1] @ x
    for k in range(len(x)):
        for other in range(k + 1, len(x)):
            product = weights[k, :-1] @ weights[other, :-1]
            score += product * x[k] * x[other]
    return score


def lightgcn_score(model, data, user, item):
    """By powers of the normalized adjacency matrix of users and items."""
    users = data.num_users
    train = data.interactions.train
    adjacency = np.zeros(2 * (users + data.num_items,))
    adjacency[train.value_rowids(), users + train.values.numpy()] = 1
    adjacency += adjacency.T
    norms = np.sqrt(np.maximum(adjacency.sum(axis=1), 1))
    adjacency /= norms[:, None] * norms
    rows = np.concatenate(
        [
            np.asarray(table.embeddings)
            for table in (model.user_rows, model.item_rows)
        ]
    )
    layers = [rows]
    for _ in range(lightgcn.LAYERS):
        layers.append(adjacency @ layers[-1])
    mean = np.mean(layers, axis=0)
    return mean[user] @ mean[users + item]


@pytest.fixture(params=MODELS)
def named(request, small):
    """A model with weights that are not small, and its score by numpy."""
    model = MODELS[request.param](small)
    rng = np.random.default_rng(3)
    for weight in model.trainable_variables:
        weight.assign(rng.normal(0, 0.3, weight.shape))
    return model, globals()[f"{request.param}_score"]


def test_scores_are_those_of_the_formula(named, small):
    model, score = named
    users = np.array([5, 0, 59])
    expected = [
        [score(model, small, user, item) for item in range(small.num_items)]
        for user in users
    ]
    np.testing.assert_allclose(
        model.scorer()(users), expected, rtol=1e-4, atol=1e-4
    )


def test_triples_score_as_the_catalog_does(named):
    model, _ = named
    users, positives, negatives = TRIPLES
    scores = model.scorer()(users)
    positive, negative, _ = model(TRIPLES)
    for result, items in (
        (positive, positives[:, None]),
        (negative, negatives),
    ):
        expected = np.take_along_axis(scores, items, axis=1)
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


def test_objective_weighs_its_three_parts(named):
    model, _ = named
    users, positives, negatives = TRIPLES
    scores = model.scorer()(users).astype(float)
    user_rows, item_rows = (
        np.square(np.asarray(table.embeddings)).sum(axis=1)
        for table in (model.user_rows, model.item_rows)
    )
    losses, rows = [], []
    for row, (user, item, others) in enumerate(
        zip(users, positives, negatives, strict=True)
    ):
        difference = scores[row, item] - scores[row, others]
        losses.append(np.mean(np.log1p(np.exp(-difference))))
        rows.append(
            user_rows[user] + item_rows[item] + np.mean(item_rows[others])
        )
    tables = [model.user_rows.embeddings, model.item_rows.embeddings]
    shared = sum(
        np.sum(np.square(np.asarray(weight)))
        for weight in model.trainable_variables
        if not any(weight is table for table in tables)
    )
    expected = np.mean(losses) + 0.3 * np.mean(rows) / 2 + 0.07 * shared / 2
    fitting = FitConfig(row_penalty=0.3, shared_penalty=0.07)
    np.testing.assert_allclose(
        objective(model, TRIPLES, fitting), expected, rtol=1e-4
    )


def test_gradient_is_that_of_finite_differences(named):
    model, _ = named
    fitting = FitConfig(row_penalty=0.3, shared_penalty=0.07)
    assert_gradient(model, TRIPLES, fitting)


def test_one_seed_gives_one_model(small, planted):
    first, again, other = (
        vbpr.VBPRModel(data) for data in (small, small, planted)
    )
    for weight, same, different in zip(
        *(model.trainable_variables for model in (first, again, other)),
        strict=True,
    ):
        np.testing.assert_array_equal(weight, same)
        assert not np.array_equal(weight, different)
    # No two weights start as copies of each other.
    assert not np.array_equal(
        np.asarray(first.user_rows.embeddings)[:, :5],
        np.asarray(first.item_rows.embeddings)[
            : len(small.interactions.user_ids), :5
        ],
    )

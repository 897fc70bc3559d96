"""FREEDOM's graphs, scores, loss and gradient against numpy."""

import numpy as np
import pytest

from tests.trainer.baselines.gradients import assert_gradient
from trainer.baselines import freedom
from trainer.baselines.lightgcn import LAYERS
from trainer.baselines.training_loop import FitConfig
from trainer.baselines.training_loop import objective

TRIPLES = (
    np.array([3, 0, 3, 9]),
    np.array([1, 2, 1, 60]),
    np.array([[4, 5], [0, 79], [2, 8], [1, 7]]),
)


@pytest.fixture
def model(small):
    """With weights that are not small."""
    model = freedom.FREEDOMModel(small)
    rng = np.random.default_rng(3)
    for weight in model.trainable_variables:
        weight.assign(rng.normal(0, 0.3, weight.shape))
    model.start_epoch(1)
    return model


def vectors(model, edges):
    """Vectors of users and items, by loops over the edges."""
    rows = [
        np.asarray(table.embeddings)
        for table in (model.user_rows, model.item_rows)
    ]
    degrees = [np.bincount(side, minlength=80) for side in np.transpose(edges)]
    layers = [rows]
    for _ in range(LAYERS):
        users, items = (np.zeros_like(side) for side in rows)
        for user, item in edges:
            weight = (degrees[0][user] * degrees[1][item]) ** -0.5
            users[user] += weight * layers[-1][1][item]
            items[item] += weight * layers[-1][0][user]
        layers.append([users, items])
    users, items = (np.mean(side, axis=0) for side in zip(*layers, strict=True))
    features = np.asarray(model.features)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    for item, near in enumerate(np.argsort(-unit @ unit.T)):
        items[item] += rows[1][near[: freedom.NEIGHBORS]].mean(axis=0)
    return users, items


def test_scores_use_all_interactions(model):
    users, items = vectors(model, model.edges)
    np.testing.assert_allclose(
        model.scorer()(np.arange(60)), users @ items.T, rtol=1e-3, atol=1e-4
    )


def test_loss_is_bpr_by_id_and_by_image_over_the_kept_ones(model):
    users, items = vectors(model, model.kept_edges.numpy())
    images = np.asarray(model.features) @ np.asarray(model.projection)
    losses = []
    for user, positive, negatives in zip(*TRIPLES, strict=True):
        for negative in negatives:
            by_id, by_image = (
                np.log1p(np.exp(-users[user] @ (of[positive] - of[negative])))
                for of in (items, images)
            )
            losses.append(by_id + freedom.VISUAL_WEIGHT * by_image)
    fitting = FitConfig(loss=freedom.freedom_loss, row_penalty=0.0)
    np.testing.assert_allclose(
        objective(model, TRIPLES, fitting), np.mean(losses), rtol=1e-4
    )


def test_gradient_is_that_of_finite_differences(model):
    fitting = FitConfig(loss=freedom.freedom_loss, row_penalty=0.3)
    assert_gradient(model, TRIPLES, fitting)


def test_edges_of_rare_users_and_items_are_kept_more_often(model):
    edges = list(map(tuple, model.edges))
    kept = np.zeros(len(edges))
    for epoch in range(200):
        model.start_epoch(epoch)
        drawn = model.kept_edges.numpy()
        assert len(drawn) == round(freedom.KEPT * len(edges))
        kept[[edges.index(tuple(edge)) for edge in drawn]] += 1
    counts = np.bincount(model.edges[:, 1])[model.edges[:, 1]]
    rare, common = (
        kept[chosen].mean()
        for chosen in (counts <= np.median(counts), counts > np.median(counts))
    )
    assert rare > 1.1 * common
    assert kept.mean() == pytest.approx(200 * freedom.KEPT, rel=0.01)


def test_an_epoch_depends_on_its_number_only(model):
    first = model.kept_edges.numpy()
    model.start_epoch(2)
    assert not np.array_equal(model.kept_edges, first)
    model.start_epoch(1)
    np.testing.assert_array_equal(model.kept_edges, first)

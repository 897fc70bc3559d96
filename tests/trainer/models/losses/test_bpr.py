import keras
import numpy as np
import pytest
from keras import ops

from trainer.models.losses import bpr
from trainer.models.towers.item_tower import ItemTower


def test_loss_is_minus_log_sigmoid_of_the_difference():
    rng = np.random.default_rng(0)
    positive, negative = rng.normal(size=(2, 50))
    expected = -np.log(1 / (1 + np.exp(-(positive - negative))))
    np.testing.assert_allclose(
        bpr.bpr_loss(positive, negative), expected, rtol=1e-6
    )


def test_equal_scores_cost_ln_2():
    np.testing.assert_allclose(
        bpr.bpr_loss(np.ones(3), np.ones(3)), np.log(2), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("difference", "expected"), [(-1e4, 1e4), (1e4, 0.0), (-100.0, 100.0)]
)
def test_extreme_differences_neither_underflow_nor_overflow(
    difference, expected
):
    loss = bpr.bpr_loss(np.array([difference]), np.zeros(1))
    np.testing.assert_allclose(loss, [expected], atol=1e-6)


def test_half_square_norms():
    vectors = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(
        bpr.half_square_norms(vectors), [(0 + 1 + 4) / 2, (9 + 16 + 25) / 2]
    )


def test_the_eight_weight_tensors_of_cnn_f_are_decayed_and_no_bias():
    weights = bpr.decayed_weights(
        ItemTower(32, backbone="cnn_f", embedding_dim=4)
    )
    assert [weight.path.split("/")[-2] for weight in weights] == [
        *(f"conv{i}" for i in range(1, 6)),
        "fc6",
        "fc7",
        "projection",
    ]
    expected = sum(
        0.5 * np.sum(ops.convert_to_numpy(weight).astype(np.float64) ** 2)
        for weight in weights
    )
    np.testing.assert_allclose(bpr.weight_penalty(weights), expected, rtol=1e-4)


def test_normalisation_is_not_decayed():
    model = keras.Sequential(
        [
            keras.Input((4, 4, 3)),
            keras.layers.Conv2D(2, 3),
            keras.layers.BatchNormalization(),
        ]
    )
    assert [w.name for w in bpr.decayed_weights(model)] == ["kernel"]

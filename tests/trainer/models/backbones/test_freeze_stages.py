import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.models.backbones import build_backbone
from trainer.models.backbones.freeze_stages import freeze
from trainer.models.backbones.freeze_stages import stages


@pytest.fixture
def lite0():
    return build_backbone("efficientnet_lite0", 64)


def test_a_stage_is_a_resolution(lite0):
    result = stages(lite0)
    sides = [{layer.output.shape[1] for layer in stage} for stage in result]
    assert sides == [{32}, {16}, {8}, {4}, {2}]
    assert result[0][0].name == "stem"
    assert result[-1][-1].name == "head_norm"
    assert sum(layer.count_params() for stage in result for layer in stage) == (
        lite0.count_params()
    )


def test_fully_connected_layers_are_the_last_stage():
    names = [
        [layer.name for layer in stage] for stage in stages(build("cnn_f"))
    ]
    assert names == [
        ["conv1"],
        ["conv2"],
        ["conv3", "conv4", "conv5"],
        ["fc6", "fc7"],
    ]


def test_stages_below_are_frozen_and_those_above_learn(lite0):
    freeze(lite0, 3)
    result = stages(lite0)
    frozen = [any(value.trainable for value in stage) for stage in result]
    assert frozen == [False, False, False, True, True]
    variables = [value.value for value in lite0.trainable_variables]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(lite0(np.ones((1, 64, 64, 3)), training=True))
    assert variables
    assert all(value is not None for value in tape.gradient(loss, variables))


def test_frozen_batch_normalisation_keeps_its_statistics():
    small = build("small")
    before = small.get_weights()
    freeze(small, 3)
    small(np.ones((2, 64, 64, 3)), training=True)
    for old, new in zip(before, small.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_more_stages_than_there_are_is_one_sentence():
    with pytest.raises(
        UserError, match="--frozen_stages is at most 3 for small, got 4"
    ):
        freeze(build("small"), 4)


def build(name):
    return build_backbone(name, 64)

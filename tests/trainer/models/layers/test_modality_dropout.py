"""Modalities that items lack, and those that training drops."""

import keras
import numpy as np
import pytest

from trainer.models.layers.modality_dropout import ModalityDropout

SIZES = (2, 3, 1)
STARTS = [0, 2, 5]


@pytest.fixture
def features():
    values = np.random.default_rng(0).uniform(1, 2, (400, 6))
    values[1, :2] = 0
    values[2, :5] = 0
    values[3] = 0
    return values.astype(np.float32)


def present(values):
    return np.add.reduceat(values != 0, STARTS, axis=1) > 0


def test_the_modalities_that_are_there_stand_for_those_that_are_not(features):
    result = np.array(ModalityDropout(0.5, SIZES)(features))
    np.testing.assert_allclose(result[0], features[0])
    np.testing.assert_allclose(result[1], features[1] * 3 / 2)
    np.testing.assert_allclose(result[2], features[2] * 3)
    assert not result[3].any()
    np.testing.assert_allclose(result[4:], features[4:])


def test_training_drops_whole_modalities_and_never_all(features):
    keras.utils.set_random_seed(1)
    rate = 0.4
    result = np.array(ModalityDropout(rate, SIZES)(features, training=True))
    there = present(result)
    assert not (there & ~present(features)).any()
    assert there.any(axis=1).tolist() == features.any(axis=1).tolist()
    kept = (
        np.repeat(there, SIZES, axis=1) * 3 / there.sum(axis=1).clip(1)[:, None]
    )
    np.testing.assert_allclose(result, features * kept, rtol=1e-5)
    # One that would be dropped last stays: 1 - rate + rate^3 / 3.
    assert there[4:].mean() == pytest.approx(1 - rate + rate**3 / 3, abs=0.03)

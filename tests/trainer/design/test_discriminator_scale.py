"""The scale of discriminator scores."""

import numpy as np
import pytest
import tensorflow as tf

from trainer.design.discriminator_scale import LEAST_SQUARES
from trainer.design.discriminator_scale import fit_scale
from trainer.design.discriminator_scale import scoring


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(-1, 1, (70, 8, 8, 3)).astype("f4")


def test_a_least_squares_discriminator_is_not_rescaled():
    scores = np.array([-0.3, 0.0, 1.0, 1.7])
    assert LEAST_SQUARES.realism(scores) == pytest.approx(scores)


def test_a_discriminator_never_sees_many_images_at_once(images):
    """Or it takes gigabytes: a batch is the most that it holds."""
    sizes = []

    def discriminator(some, category, training):
        sizes.append(some.shape[0])
        return tf.reduce_mean(some, axis=[1, 2, 3]) + tf.cast(category, "float")

    many = np.concatenate([images] * 3)
    result = scoring(discriminator)(many, 5)
    assert result == pytest.approx(many.mean(axis=(1, 2, 3)) + 5, abs=1e-5)
    assert max(size or 0 for size in sizes) <= 64


def test_another_discriminator_is_brought_to_that_scale():
    rng = np.random.default_rng(1)
    photos, made = rng.normal(7.0, 0.5, 500), rng.normal(3.0, 0.5, 400)
    scale = fit_scale(photos, made)
    assert scale.realism(photos).mean() == pytest.approx(1, abs=1e-5)
    assert scale.realism(made).mean() == pytest.approx(0, abs=1e-5)


def test_one_that_hardly_tells_apart_is_not_blown_up():
    rng = np.random.default_rng(2)
    photos, made = rng.normal(0.1, 1.0, 500), rng.normal(0.0, 1.0, 500)
    scale = fit_scale(photos, made)
    assert scale.realism(photos).std() == pytest.approx(1, rel=1e-4)
    assert 0.7 < scale.realism(made).mean() < 1


def test_one_that_says_one_thing_of_all_is_no_division_by_zero():
    scale = fit_scale(np.ones(3), np.ones(3))
    assert np.isfinite(scale.realism(np.ones(3))).all()

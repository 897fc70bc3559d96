"""The small parts: preference, realism, standing and jitter."""

import numpy as np
import pytest
import tensorflow as tf

from trainer.design.discriminator_scale import LEAST_SQUARES
from trainer.design.discriminator_scale import fit_scale
from trainer.design.discriminator_scale import scoring
from trainer.design.image_scorer import Preference
from trainer.design.image_scorer import Tower
from trainer.design.random_shift import random_shift
from trainer.design.score_normalization import ScoreDistribution


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(-1, 1, (70, 8, 8, 3)).astype("f4")


def test_a_preference_is_theta_times_phi_of_the_resized_image(
    item_tower, images
):
    preference = Preference([Tower(item_tower, 16)], 8)
    photos = (tf.image.resize(images, (16, 16)) + 1.0) * 127.5
    phi = item_tower(photos).numpy()
    theta = np.array([0.5, -1.0, 2.0], np.float32)
    assert preference.embed(images).numpy() == pytest.approx(phi, abs=1e-4)
    assert preference.embed_many(images) == pytest.approx(phi, abs=1e-4)
    found = preference.score(images, theta).numpy()
    assert found == pytest.approx(phi @ theta, abs=1e-4)


def test_a_least_squares_discriminator_is_taken_as_it_is():
    scores = np.array([-0.3, 0.0, 1.0, 1.7])
    assert LEAST_SQUARES.realism(scores) == pytest.approx(scores)


def test_a_discriminator_never_sees_many_images_at_once(images):
    """Or it takes gigabytes: a batch is the most that it holds."""
    sizes = []

    def discriminator(some, category, training):
        sizes.append(some.shape[0])
        return tf.reduce_mean(some, axis=[1, 2, 3]) + tf.cast(category, "float")

    many = np.concatenate([images] * 3)
    found = scoring(discriminator)(many, 5)
    assert found == pytest.approx(many.mean(axis=(1, 2, 3)) + 5, abs=1e-5)
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


def test_standing_counts_in_deviations_and_in_photos_that_score_lower():
    standing = ScoreDistribution(np.array([4.0, 1.0, 2.0, 5.0]))
    assert standing.spread == pytest.approx(np.sqrt(2.5))
    assert standing.z_score(np.array([3.0, 4.0])) == pytest.approx(
        [0, 1 / np.sqrt(2.5)]
    )
    assert standing.percentile(np.array([0.0, 2.0, 4.5, 9.0])).tolist() == [
        0,
        25,
        75,
        100,
    ]
    assert standing.best(2).tolist() == [3, 0]


def test_photos_that_score_the_same_leave_a_spread():
    standing = ScoreDistribution(np.full(3, 2.0))
    assert standing.z_score(np.array([2.5])) == pytest.approx([0.5])


def test_an_image_is_moved_by_its_reach_at_most(images, monkeypatch):
    monkeypatch.setattr("trainer.design.random_shift.REACH", 0.25)
    padded = np.pad(images[:2], [(0, 0), (2, 2), (2, 2), (0, 0)], "reflect")
    every = [
        padded[:, y : y + 8, x : x + 8] for y in range(5) for x in range(5)
    ]
    places = set()
    for step in range(60):
        found = random_shift(images[:2], [1, step]).numpy()
        (place,) = (
            n for n, one in enumerate(every) if np.array_equal(one, found)
        )
        places.add(place)
    assert len(places) > 20


def test_the_seed_decides_how_an_image_is_moved(images, monkeypatch):
    monkeypatch.setattr("trainer.design.random_shift.REACH", 0.25)
    one, same = (random_shift(images, [3, 4]).numpy() for _ in range(2))
    others = [random_shift(images, [3, step]).numpy() for step in range(5, 10)]
    assert np.array_equal(one, same)
    assert not all(np.array_equal(one, other) for other in others)

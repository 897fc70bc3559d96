import numpy as np
import pytest

from trainer.metrics.generative.nearest_neighbor import nearest_photos


@pytest.fixture(scope="module")
def photos():
    return np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)


def test_distances_are_euclidean_and_ascend(photos):
    images = np.random.default_rng(1).normal(size=(6, 5))
    distances, rows = nearest_photos(images, photos, 3)
    every = np.linalg.norm(images[:, None] - photos, axis=2)
    assert rows.tolist() == np.argsort(every, axis=1)[:, :3].tolist()
    assert distances == pytest.approx(np.sort(every, axis=1)[:, :3], rel=1e-5)


def test_a_photo_learned_by_heart_is_found(photos):
    distances, rows = nearest_photos(photos[[7, 3]], photos)
    assert rows.tolist() == [[7], [3]]
    assert distances == pytest.approx(np.zeros((2, 1)), abs=1e-3)


def test_more_neighbours_than_photos_are_all(photos):
    distances, _ = nearest_photos(photos[:2], photos[:4], 9)
    assert distances.shape == (2, 4)

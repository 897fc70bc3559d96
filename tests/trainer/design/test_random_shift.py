"""Random shifts of images."""

import numpy as np
import pytest

from trainer.design.random_shift import random_shift


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(-1, 1, (70, 8, 8, 3)).astype("f4")


def test_an_image_is_moved_by_its_reach_at_most(images, monkeypatch):
    monkeypatch.setattr("trainer.design.random_shift.REACH", 0.25)
    padded = np.pad(images[:2], [(0, 0), (2, 2), (2, 2), (0, 0)], "reflect")
    every = [
        padded[:, y : y + 8, x : x + 8] for y in range(5) for x in range(5)
    ]
    places = set()
    for step in range(60):
        result = random_shift(images[:2], [1, step]).numpy()
        (place,) = (
            n
            for n, shifted in enumerate(every)
            if np.array_equal(shifted, result)
        )
        places.add(place)
    assert len(places) > 20


def test_the_seed_decides_how_an_image_is_moved(images, monkeypatch):
    monkeypatch.setattr("trainer.design.random_shift.REACH", 0.25)
    first, same = (random_shift(images, [3, 4]).numpy() for _ in range(2))
    others = [random_shift(images, [3, step]).numpy() for step in range(5, 10)]
    assert np.array_equal(first, same)
    assert not all(np.array_equal(first, other) for other in others)

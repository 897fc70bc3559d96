import numpy as np
import pytest

from trainer.metrics.generative.precision_recall import precision_recall


def naive(real, made, k):
    def covered(points, centers):
        inside = 0
        for point in points:
            hit = False
            for index, centre in enumerate(centers):
                others = np.delete(centers, index, axis=0)
                radius = np.sort(np.linalg.norm(others - centre, axis=1))[k - 1]
                hit |= np.linalg.norm(point - centre) <= radius
            inside += hit
        return inside / len(points)

    return covered(made, real), covered(real, made)


@pytest.mark.parametrize("k", [1, 3])
def test_it_is_what_the_definition_says(k):
    rng = np.random.default_rng(k)
    real, made = rng.normal(size=(30, 3)), rng.normal(size=(20, 3)) + 0.8
    result = precision_recall(real, made, k)
    assert result == pytest.approx(naive(real, made, k))
    assert 0 < result[0] < 1


def test_one_mode_generated_repeatedly_is_precise_and_recalls_little():
    rng = np.random.default_rng(0)
    modes = rng.integers(4, size=200)
    real = rng.normal(size=(200, 2)) + 20 * modes[:, None]
    made = rng.normal(size=(200, 2))
    precision, recall = precision_recall(real, made)
    assert precision > 0.9
    assert recall == pytest.approx(np.mean(modes == 0), abs=0.05)


def test_what_is_nowhere_near_is_neither():
    real = np.random.default_rng(1).normal(size=(20, 2))
    assert precision_recall(real, real + 100) == (0.0, 0.0)


def test_too_few_images_are_refused():
    with pytest.raises(ValueError, match="at least 4 real and .*, got 9 real"):
        precision_recall(np.zeros((9, 2)), np.zeros((3, 2)))

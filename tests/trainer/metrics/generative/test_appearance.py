import itertools

import numpy as np
import pytest

from trainer.metrics.generative import appearance as module
from trainer.metrics.generative.appearance import CELLS
from trainer.metrics.generative.appearance import CHROMA_BINS
from trainer.metrics.generative.appearance import COLORS
from trainer.metrics.generative.appearance import LIGHTNESS_BINS
from trainer.metrics.generative.appearance import ORIENTATIONS
from trainer.metrics.generative.appearance import appearance
from trainer.metrics.generative.appearance import color_histograms
from trainer.metrics.generative.appearance import edge_histograms
from trainer.metrics.generative.appearance import foreground
from trainer.metrics.generative.appearance import likeness
from trainer.models.composition.lab_color import rgb_to_lab

SIZE = 16


@pytest.fixture(scope="module")
def images():
    """Garments of random colors, half of them on white."""
    rng = np.random.default_rng(0)
    noise = rng.uniform(-1, 0.8, (4, SIZE, SIZE, 3)).astype("f4")
    noise[:2, :, :5] = 1.0
    return noise


def test_a_color_histogram_is_that_of_a_loop_over_pixels_and_bins(images):
    lab, masks = np.asarray(rgb_to_lab(images), "f8"), foreground(images)
    centers = [
        np.linspace(0, 100, LIGHTNESS_BINS),
        np.linspace(-module.CHROMA, module.CHROMA, CHROMA_BINS),
        np.linspace(-module.CHROMA, module.CHROMA, CHROMA_BINS),
    ]
    expected = np.zeros((len(images), *map(len, centers)))
    for index, row, column in zip(*np.nonzero(masks), strict=True):
        weights = []
        for value, center in zip(lab[index, row, column], centers, strict=True):
            near = np.abs(center - np.clip(value, center[0], center[-1]))
            weights.append(np.maximum(0, 1 - near / (center[1] - center[0])))
        expected[index] += np.einsum("i,j,k->ijk", *weights)
    expected /= masks.sum(axis=(1, 2))[:, None, None, None]
    found = color_histograms(lab, masks)
    assert found == pytest.approx(expected.reshape(len(images), -1), abs=1e-9)


def test_an_edge_histogram_is_that_of_a_loop_over_pixels(images):
    lightness, masks = (
        np.asarray(rgb_to_lab(images), "f8")[..., 0],
        foreground(images),
    )
    found = edge_histograms(lightness, masks)
    for index, image in enumerate(np.where(masks, lightness, 100.0)):
        expected = np.zeros((CELLS, CELLS, ORIENTATIONS))
        down, right = np.gradient(image)
        for row, column in itertools.product(range(SIZE), repeat=2):
            gradient = complex(right[row, column], down[row, column])
            turn = np.angle(gradient) % np.pi / np.pi * ORIENTATIONS
            for step in range(ORIENTATIONS):
                away = abs(turn - step)
                near = min(away, ORIENTATIONS - away)
                cell = row * CELLS // SIZE, column * CELLS // SIZE, step
                expected[cell] += abs(gradient) * max(0.0, 1.0 - near)
        expected = expected.ravel() / expected.sum()
        assert found[index] == pytest.approx(expected, abs=1e-6)


def test_likeness_is_the_mean_bhattacharyya_coefficient(images):
    features = appearance(images)
    found = likeness(features[:1], features)
    squares = features.astype(float) ** 2
    for column, part in enumerate((slice(COLORS), slice(COLORS, None))):
        expected = np.mean(
            [np.sqrt(squares[0, part] * one[part]).sum() for one in squares]
        )
        assert found[0, column] == pytest.approx(expected, rel=1e-4)
    assert likeness(features[:1], features[:1]) == pytest.approx(1.0, rel=1e-4)


def test_the_background_counts_for_nothing():
    rng = np.random.default_rng(1)
    garment = np.ones((1, SIZE, SIZE, 3), "f4")
    garment[:, 4:12, 4:12] = rng.uniform(-1, 0, (8, 8, 3))
    pale = np.where(garment == 1.0, 0.9, garment).astype("f4")
    assert np.array_equal(appearance(garment), appearance(pale))


def test_a_white_image_has_features_too():
    features = appearance(np.ones((2, SIZE, SIZE, 3), "f4"))
    assert np.isfinite(features).all()
    assert np.allclose((features[:, :COLORS] ** 2).sum(axis=1), 1.0)

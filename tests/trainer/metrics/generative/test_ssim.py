import numpy as np
import pytest

from trainer.metrics.generative.ssim import opposite_ssim


@pytest.fixture(scope="module")
def images():
    """Noise on slow waves, so that windows have something in common."""
    rng = np.random.default_rng(0)
    wave = np.sin(np.arange(16) / 3)[:, None, None]
    return np.clip(
        0.6 * wave + 0.3 * rng.normal(size=(5, 16, 16, 3)), -1, 1
    ).astype(np.float32)


def naive(x, y):
    """One window after the other, as it is written in the paper."""
    places = np.arange(11) - 5
    window = np.exp(-(places[:, None] ** 2 + places**2) / (2 * 1.5**2))
    window /= window.sum()
    result = []
    for row in range(x.shape[0] - 10):
        for column in range(x.shape[1] - 10):
            for colour in range(3):
                a, b = (
                    image[row : row + 11, column : column + 11, colour]
                    for image in (x.astype(float), y.astype(float))
                )
                mean_a, mean_b = (window * a).sum(), (window * b).sum()
                var_a = (window * (a - mean_a) ** 2).sum()
                var_b = (window * (b - mean_b) ** 2).sum()
                cov = (window * (a - mean_a) * (b - mean_b)).sum()
                c1, c2 = 0.02**2, 0.06**2
                result.append(
                    (2 * mean_a * mean_b + c1)
                    * (2 * cov + c2)
                    / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
                )
    return np.mean(result)


def test_it_is_the_mean_over_windows_colours_and_pairs(images):
    pairs = [naive(images[i], images[j]) for i in range(5) for j in range(i)]
    result = opposite_ssim(images)
    assert result == pytest.approx(1 - np.mean(pairs), rel=1e-5)


def test_equal_images_are_of_no_variety(images):
    assert opposite_ssim(images[[0, 0, 0]]) == pytest.approx(0, abs=1e-6)


def test_blocks_change_nothing(images, monkeypatch):
    whole = opposite_ssim(images)
    monkeypatch.setattr("trainer.metrics.generative.ssim._PAIRS_PER_BLOCK", 3)
    assert opposite_ssim(images) == pytest.approx(whole, rel=1e-6)


def test_of_many_pairs_some_are_drawn(images):
    some, same, others = (
        opposite_ssim(images, most_pairs=4, seed=seed) for seed in (0, 0, 1)
    )
    assert some == same != others
    assert some == pytest.approx(opposite_ssim(images), abs=0.3)


def test_one_image_is_no_pair(images):
    with pytest.raises(ValueError, match="got 1"):
        opposite_ssim(images[:1])

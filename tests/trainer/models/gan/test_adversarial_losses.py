import numpy as np
import pytest

from trainer.models.gan.adversarial_losses import LOSSES

REAL = np.array([[1.5, 0.2], [-0.5, 1.0]], np.float32)
MADE = np.array([[-2.0, 0.5], [0.0, -0.4]], np.float32)


def test_least_squares():
    loss = LOSSES["least_squares"]
    expected = (np.mean((REAL - 1) ** 2) + np.mean(MADE**2)) / 2
    assert float(loss.discriminator(REAL, MADE)) == pytest.approx(expected)
    fooled = np.mean((MADE - 1) ** 2)
    assert float(loss.generator(MADE)) == pytest.approx(fooled)


def test_hinge():
    loss = LOSSES["hinge"]
    # Photos beyond 1 and designs below -1 cost nothing.
    expected = (0.8 + 1.5) / 4 + (1.5 + 1.0 + 0.6) / 4
    assert float(loss.discriminator(REAL, MADE)) == pytest.approx(expected)
    assert float(loss.generator(MADE)) == pytest.approx(-MADE.mean())

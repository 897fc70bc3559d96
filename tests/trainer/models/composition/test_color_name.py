import numpy as np
import pytest

from trainer.models.composition.color_name import COLORS
from trainer.models.composition.color_name import color_name
from trainer.models.composition.color_name import from_hex
from trainer.models.composition.color_name import palette
from trainer.models.composition.color_name import to_hex


@pytest.mark.parametrize("code", ["#000000", "#ffffff", "#1d2745", "#c2202d"])
def test_a_code_stays_the_same(code):
    assert to_hex(from_hex(code)) == code


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("#000000", "black"),
        ("#bb2230", "red"),
        ("#202a4a", "navy"),
        ("#188fb3", "cerulean"),
        ("#60584f", "dark taupe"),
        ("#8c8378", "taupe"),
        ("#5f7a6b", "gray green"),
        ("#3a5f2a", "forest green"),
        ("#f2c1c1", "light pink"),
    ],
)
def test_the_nearest_name(code, name):
    assert color_name(from_hex(code)) == name


def test_gray_of_lab():
    assert color_name(np.array([53.0, 0.0, 0.0], np.float32)) == "gray"


def test_named_colors_are_visibly_different():
    distances = np.linalg.norm(palette()[:, None] - palette(), axis=-1)
    assert (distances[~np.eye(len(COLORS), dtype=bool)] > 11).all()

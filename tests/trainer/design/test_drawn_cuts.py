"""Cuts of a generator that draws squares, the left one of them torn."""

import types

import numpy as np
import pytest

from atelier.io.errors import UserError
from trainer.design import drawn_cuts
from trainer.design.drawn_cuts import LARGEST_KID
from trainer.design.drawn_cuts import DrawnCuts
from trainer.design.drawn_cuts import _fuzziness
from trainer.design.drawn_cuts import _symmetry
from trainer.models.composition.gray_garment import gray_garment

SIDE = 16


class Squares:
    """A generator of squares that are as light as z; odd rows are shreds."""

    def __init__(self):
        self.drawn = 0

    def cuts(self, z, category, training):
        assert not training
        self.drawn += 1
        number = len(category)
        alpha = np.zeros((number, SIDE, SIDE, 1), np.float32)
        alpha[::2, 3:13, 3:13] = 1
        alpha[1::2, ::4] = 1
        waves = np.sin(np.arange(SIDE, dtype=np.float32)) * 0.1
        light = 0.1 * np.tanh(z[:, :1, None, None]) + waves[:, None]
        return alpha, np.broadcast_to(light, alpha.shape).astype(np.float32)


@pytest.fixture
def drawn():
    """The cuts, liked for being light."""
    trained = types.SimpleNamespace(
        generator=Squares(),
        categories=["Hat", "Tie", "Rock"],
        left_out=["Tie"],
        z_dim=2,
        val_kid=LARGEST_KID,
    )
    preference = types.SimpleNamespace(
        image_size=64,
        embed_many=lambda images: images.mean(axis=(1, 2)),
    )
    return DrawnCuts(trained, preference)


def test_the_best_cuts_are_whole_and_what_the_user_likes(drawn):
    best = drawn.best("Rock", np.ones(3, np.float32), limit=5)
    assert len(best) == 5
    assert len({number for number, _ in best}) == 5
    assert all(number < 0 for number, _ in best)
    lights = [cut.image.mean() for _, cut in best]
    assert lights == sorted(lights, reverse=True)
    darkest = drawn.best("Rock", -np.ones(3, np.float32), limit=1)[0][1]
    assert darkest.image.mean() < min(lights)


def test_a_cut_has_the_size_of_the_catalog_and_narrow_edges(drawn):
    _, cut = drawn.best("Hat", np.ones(3, np.float32), limit=1)[0]
    assert cut.image.shape == (64, 64, 3)
    assert cut.alpha.shape == cut.cloth.shape == cut.shading.shape
    assert (cut.cloth == 1).all()
    half = ((cut.alpha > 0) & (cut.alpha < 1)).mean()
    # A border of two pixels, of a square that takes up to four to each.
    assert half < 4 * 40 * 2 / 64**2
    np.testing.assert_allclose(
        cut.image, gray_garment(cut.alpha, cut.shading), atol=1e-6
    )


def test_the_clearest_cuts_are_kept():
    alpha = np.zeros((3, SIDE, SIDE, 1), np.float32)
    alpha[:, 4:12, 4:12] = np.array([0.5, 1, 0.9])[:, None, None, None]
    alpha[1, 4] = 0.5
    unsure = np.array([0.25 * 64, 0.25 * 16, 0.09 * 64])
    area = np.array([0.5 * 64, 56 + 8, 0.9 * 64])
    np.testing.assert_allclose(_fuzziness(alpha), unsure / area, rtol=1e-5)


def test_a_shape_without_a_sleeve_is_less_symmetric():
    alpha = np.zeros((3, SIDE, SIDE, 1), np.float32)
    alpha[:, 2:14, 5:11] = 1
    alpha[:2, 2:6, 3:13] = 1
    alpha[1] = np.roll(alpha[1], 1, axis=1)
    alpha[2, 2:6, 3:11] = 1
    body, sleeve = 12 * 6, 4 * 2
    lacking = body / (body + 2 * sleeve)
    np.testing.assert_allclose(_symmetry(alpha), [1, 1, lacking])


def test_a_category_is_drawn_once(drawn):
    for _ in range(3):
        drawn.best("Hat", np.ones(3, np.float32))
    assert drawn._trained.generator.drawn == 1


def test_cuts_that_are_all_torn_are_none(drawn, monkeypatch):
    monkeypatch.setattr(drawn_cuts, "is_usable", lambda cut: False)
    assert drawn.best("Hat", np.ones(3, np.float32)) == []


def test_there_are_no_cuts_of_another_category(drawn):
    for name in ("Shoe", "Tie"):
        assert drawn.best(name, np.ones(3, np.float32)) == []
    assert drawn.categories == ["Hat", "Rock"]


def test_a_generator_that_is_not_trained_is_refused():
    trained = types.SimpleNamespace(val_kid=0.634)
    with pytest.raises(UserError, match=r"yet \(KID 0.63; .* up to 0.3\)"):
        DrawnCuts(trained, None)

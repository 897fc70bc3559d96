import io

import numpy as np
import pytest
from PIL import Image

from atelier.io.errors import UserError
from trainer.design import garments as garments_module
from trainer.design.composed_search import NO_ITEM
from trainer.design.composed_search import Parts
from trainer.design.composed_search import distance
from trainer.design.composed_search import plain_cloth
from trainer.design.garments import Garments
from trainer.models.composition.color_name import from_hex

RED, BLUE, DOTS, UNMASKED = range(4)
REDDER = np.array([1.0, -1.0, -1.0], np.float32)


def test_cuts_are_plain_garments_with_masks_in_order(search):
    items = np.array([UNMASKED, BLUE, DOTS, RED])
    cuts = search.best_cuts(items)
    assert [item for item, _ in cuts] == [BLUE, RED]
    assert cuts[1][1] is search.garments.cut(RED)


def test_cloths_are_plain_or_patterned(search):
    result = dict(search.best_cloths(np.array([DOTS, UNMASKED, RED])))
    assert list(result) == [DOTS, RED]
    assert result[DOTS].patterned
    assert not result[RED].patterned


@pytest.fixture
def find(search):
    """Returns find(items), the candidates of their cuts and cloths."""
    return lambda items: search.find(
        REDDER, search.best_cuts(items), search.best_cloths(items)
    )


def test_the_best_design_is_what_the_user_likes(find):
    result = find(np.array([BLUE, RED, DOTS, UNMASKED]))
    best = result.parts[np.argmax(result.embeddings @ REDDER)]
    assert best.cut_item in (RED, BLUE)
    assert best.cloth.color[1] > 30
    np.testing.assert_allclose(
        result.embeddings, result.images.mean(axis=(1, 2)), atol=1e-5
    )


def test_no_design_is_a_garment_in_its_own_cloth(find):
    for parts in find(np.array([BLUE, RED, DOTS])).parts:
        assert parts.cut_item != parts.cloth_item
        assert parts.cloth_item != NO_ITEM or not parts.cloth.patterned


def test_a_drawn_cut_is_put_into_any_cloth(search):
    """Also into gray, which is the garment of no item."""
    cut = search.garments.cut(RED)
    gray = plain_cloth(cut.color[0, 0])
    pairs = search.pairs([(-3, cut), (RED, cut)], [(BLUE, gray)])
    assert [parts.cut_item for parts in pairs] == [-3]


def test_without_a_cut_there_is_no_design(find):
    assert find(np.array([DOTS, UNMASKED])) is None


def test_a_design_has_the_color_of_its_cloth(search):
    color = from_hex("#2f8f4e")
    cut = search.garments.cut(RED)
    result = search.composed([Parts(RED, cut, plain_cloth(color), NO_ITEM)])
    middle = result.images[0, 25:50, 14:29].mean(axis=(0, 1))
    assert distance(middle, np.array([0x2F, 0x8F, 0x4E]) / 127.5 - 1) < 0.3


def test_a_mask_of_another_size_is_refused(garments):
    encoded = io.BytesIO()
    Image.fromarray(np.ones((8, 8), bool)).save(encoded, "PNG")
    small = Garments(garments.photos, [encoded.getvalue()])
    with pytest.raises(UserError, match="mask of item 0 .* prepare the data"):
        small.cut(0)


def test_data_without_masks_are_refused(monkeypatch):
    monkeypatch.setattr(
        garments_module, "read_items", lambda data_dir, part: [b"", b""]
    )
    with pytest.raises(UserError, match="data/x has no masks of the garments"):
        Garments.load("data/x", None)

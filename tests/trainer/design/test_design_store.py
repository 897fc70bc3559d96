"""The store of composed designs, of two plain garments and a dotted one."""

import io
import types

import numpy as np
import pytest
from PIL import Image

from atelier.io.errors import UserError
from trainer.design.composed_search import NO_ITEM
from trainer.design.composed_search import Composed
from trainer.design.design_store import best_in_turn
from trainer.design.design_store import make_store
from trainer.design.design_store import user_centers

RED, BLUE, DOTS, UNMASKED = range(4)
USERS = np.array([[1, -1, -1], [1, -1, -1], [-1, -1, 1]], np.float32)


@pytest.fixture(scope="module")
def context(search, garments):
    """Two categories; only "top" has garments that are cuts."""
    photos = garments.photos.take(np.arange(4)).numpy() / 127.5 - 1.0
    ensemble = types.SimpleNamespace(
        user_vectors=USERS, embeddings=photos.mean(axis=(1, 2))
    )
    return types.SimpleNamespace(
        search=search,
        drawn=None,
        ensemble=ensemble,
        categories=np.array(["top", "top", "print", "print"]),
        run=types.SimpleNamespace(data_dir="data/x"),
    )


@pytest.fixture(scope="module")
def store(context):
    return make_store(context, num_designs=8)


def test_a_category_without_a_usable_cut_has_no_designs(store):
    assert store.categories == ["top"]
    assert set(store.category) == {0}
    assert set(store.cut_items) == {RED, BLUE}


def test_items_without_a_category_give_no_cuts(context):
    named = types.SimpleNamespace(**vars(context))
    named.categories = np.array(["", "top", "", ""])
    assert make_store(named, num_designs=8).categories == ["top"]
    assert set(make_store(named, num_designs=8).cut_items) == {BLUE}


def test_every_design_is_another_pair_of_a_cut_and_a_cloth(store):
    pairs = list(zip(store.cut_items, store.cloth_items, strict=True))
    assert len(set(pairs)) == len(pairs) == 4
    assert all(cut != cloth for cut, cloth in pairs)
    assert DOTS in store.cloth_items


@pytest.mark.parametrize("num_designs", [2, 8])
def test_half_of_the_designs_have_drawn_cuts(context, search, num_designs):
    drawing = types.SimpleNamespace(**vars(context))
    cuts = [(-1 - place, search.garments.cut(place)) for place in range(2)]
    drawing.drawn = types.SimpleNamespace(
        best=lambda name, vector, limit: cuts[:limit] if name == "top" else []
    )
    store = make_store(drawing, num_designs=num_designs)
    drawn = store.cut_items == NO_ITEM
    assert store.categories == ["top"]
    assert drawn.sum() == num_designs // 4
    assert set(store.cut_items[~drawn]) <= {RED, BLUE}
    assert (store.cloth_items[drawn] != NO_ITEM).all()


def test_a_design_has_the_color_of_its_cloth_and_its_embedding(store):
    row = store.cloth_items.tolist().index(BLUE)
    assert store.cut_items[row] == RED
    code = store.colors[row]
    red, green, blue = (int(code[at : at + 2], 16) for at in (1, 3, 5))
    assert blue > 1.5 * max(red, green)
    assert "blue" in store.color_names[row] or store.color_names[row] == "denim"
    pixels = np.asarray(Image.open(io.BytesIO(store.png_files[row])))
    np.testing.assert_allclose(
        pixels.mean(axis=(0, 1)) / 127.5 - 1, store.embeddings[row], atol=0.01
    )


def test_items_of_the_category_are_the_nearest(store):
    assert store.nearest_items.shape == (4, 4)
    for row in store.nearest_items:
        assert set(row[:2]) == {RED, BLUE}


def test_novelty_is_the_distance_to_the_nearest_item_of_the_category(
    store, context
):
    """Not to the dotted garment, whose cloth two of the designs have."""
    items = context.ensemble.embeddings[context.categories == "top"]
    for novelty, design in zip(store.novelty, store.embeddings, strict=True):
        cosines = [
            design @ item / np.linalg.norm(design) / np.linalg.norm(item)
            for item in items
        ]
        assert novelty == pytest.approx(1 - max(cosines), abs=1e-5)
    assert np.ptp(store.novelty) > 0.01


def test_the_largest_cluster_of_users_comes_first():
    np.testing.assert_allclose(user_centers(USERS[[2, 0, 1]])[0], USERS[0])


def test_users_take_turns():
    designs = Composed(
        np.arange(3), np.array([[3, 0], [2, 1], [1, 2]]), [0, 1, 2]
    )
    centers = np.eye(2)
    assert best_in_turn(designs, centers, 2).parts == [0, 2]
    assert best_in_turn(designs, centers, 9).parts == [0, 2, 1]


def test_garments_that_give_no_design_are_an_error(context):
    prints = types.SimpleNamespace(**vars(context))
    prints.categories = np.array(["", "", "", ""])
    prints.search = types.SimpleNamespace(
        best_cloths=lambda items: [],
        best_cuts=lambda items, limit: [],
        pairs=lambda cuts, cloths: [],
    )
    with pytest.raises(UserError, match="no item of data/x can be put into"):
        make_store(prints, 8)

"""Contents of the HTML report: users, neighbors, the map of styles."""

import numpy as np
import pytest

from trainer.data.images import load_photos
from trainer.evaluation import tsne_map
from trainer.evaluation.example_users import HeldOutItem
from trainer.evaluation.example_users import choose_users
from trainer.evaluation.nearest_items import nearest
from trainer.metrics.ranking.ranks import rank_held_out


@pytest.fixture(scope="module")
def photos(data_dir):
    return load_photos(data_dir, 0)


def test_users_are_those_of_highest_middle_and_lowest_auc(make_held_out):
    scores = np.zeros((7, 30))
    # User u has u items above the hidden one, which is item 0.
    for user in range(7):
        scores[user, 1 : 1 + user] = 2
    scores[:, 0] = 1
    held_out = make_held_out([(u, 0) for u in range(7)], [[29]] * 7, 30)
    ranking = rank_held_out(lambda users: scores[users], held_out)
    result = choose_users(held_out, ranking, 2)
    assert {
        name: [example.hidden[0].rank for example in some]
        for name, some in result.items()
    } == {"best": [1, 2], "middle": [3, 4], "worst": [7, 6]}
    best, worst = result["best"][0], result["worst"][0]
    assert best.hidden == [HeldOutItem(item=0, rank=1, ranked=29)]
    assert (best.hits, best.listed[0], best.owned) == ({0}, 0, [29])
    assert worst.auc == pytest.approx(22 / 28)


def test_of_many_hidden_items_the_best_are_shown(make_held_out):
    scores = np.arange(20.0)[None]
    pairs = [(0, item) for item in (3, 9, 1, 7, 5)]
    held_out = make_held_out(pairs, [[0]], 20)
    ranking = rank_held_out(lambda users: scores[users], held_out, k=2)
    ((user,), *_) = choose_users(held_out, ranking, 3).values()
    assert [hidden.item for hidden in user.hidden] == [9, 7, 5]
    assert (user.num_hidden, user.hits) == (5, set())


def test_neighbours_are_of_the_highest_cosine():
    vectors = np.random.default_rng(0).standard_normal((40, 5))
    candidates = np.arange(0, 40, 2)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    result = nearest(vectors, candidates, 3, num_items=4)
    assert len({item for item, _ in result}) == 4
    for item, best in result:
        others = candidates[candidates != item]
        cosines = unit[others] @ unit[item]
        order = np.argsort(-cosines)[:3]
        assert [value for value, _ in best] == others[order].tolist()
        assert [value for _, value in best] == pytest.approx(cosines[order])


def test_the_grid_gives_each_point_a_place_of_its_own_near_it():
    points = np.random.default_rng(0).random((100, 2))
    places = tsne_map.on_grid(points)
    assert len(np.unique(places, axis=0)) == 100
    assert (places >= 0).all()
    size = (tsne_map.COLUMNS, tsne_map.ROWS)
    assert (places < size).all()
    moved = np.abs(places / (np.array(size) - 1) - points)
    assert moved.max() < 0.1


@pytest.mark.parametrize("items", [1, 2, 9, 60])
def test_clusters_stand_together(items):
    rng = np.random.default_rng(0)
    of = np.arange(items) % 2
    vectors = 5 * np.eye(6)[of] + 0.1 * rng.standard_normal((items, 6))
    result = tsne_map.coordinates(vectors)
    assert result.shape == (items, 2)
    assert (result >= 0).all()
    assert (result <= 1).all()
    if items > 9:
        distances = np.linalg.norm(result[:, None] - result, axis=2)
        np.fill_diagonal(distances, np.inf)
        assert np.mean(of[distances.argmin(axis=1)] == of) > 0.95
    np.testing.assert_array_equal(result, tsne_map.coordinates(vectors))


def test_the_map_has_a_photo_of_each_item_that_is_drawn(photos):
    vectors = np.random.default_rng(0).standard_normal((len(photos), 3))
    side = tsne_map.SIDE
    result = tsne_map.draw_map(photos.jpeg, vectors, np.arange(5))
    assert result.size == (tsne_map.COLUMNS * side, tsne_map.ROWS * side)
    tiles = np.asarray(result).reshape(
        tsne_map.ROWS, side, tsne_map.COLUMNS, side, 3
    )
    drawn = (tiles != 255).any(axis=(1, 3, 4))
    assert drawn.sum() == 5

import itertools

import numpy as np
import pytest
import tensorflow as tf

from trainer.design import select_diverse as module
from trainer.design.search_config import METHODS
from trainer.design.select_diverse import choose


@pytest.fixture
def candidates():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=12).astype(np.float32)
    return scores, rng.normal(size=(12, 6)).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
def test_as_many_different_ones_are_chosen_as_are_asked_for(candidates, method):
    for count in (1, 5, 12):
        result = choose(method, *candidates, count, [0, 0]).numpy()
        assert len(set(result.tolist())) == count
        assert result.min() >= 0
        assert result.max() < 12


def test_best_are_the_highest_scores(candidates):
    scores, features = candidates
    result = choose("best", scores, features, 4, [0, 0]).numpy()
    assert result.tolist() == np.argsort(-scores)[:4].tolist()


def naive_greedy(scores, features, count):
    """Adds, each time, what makes the largest determinant."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    quality = np.exp(scores.astype(float) / module.TRADE)
    kernel = quality[:, None] * (1 + unit @ unit.T) / 2 * quality
    chosen = []
    for _ in range(count):
        others = [index for index in range(len(scores)) if index not in chosen]
        chosen.append(
            max(
                others,
                key=lambda index: np.linalg.det(
                    kernel[np.ix_([*chosen, index], [*chosen, index])]
                ),
            )
        )
    return chosen


def test_diverse_is_the_greedy_largest_determinant(candidates):
    result = choose("diverse", *candidates, 5, [0, 0]).numpy()
    assert result.tolist() == naive_greedy(*candidates, 5)


def test_of_twins_diverse_takes_one():
    scores = np.array([2.0, 1.99, 1.5], np.float32)
    features = np.array([[1, 0], [1, 0.01], [-1, 1]], np.float32)
    assert choose("diverse", scores, features, 2, [0, 0]).numpy().tolist() == [
        0,
        2,
    ]
    assert choose("best", scores, features, 2, [0, 0]).numpy().tolist() == [
        0,
        1,
    ]


def test_equal_images_can_all_be_chosen():
    scores, features = np.ones(4, np.float32), np.ones((4, 3), np.float32)
    result = choose("diverse", scores, features, 4, [0, 0]).numpy()
    assert sorted(result.tolist()) == [0, 1, 2, 3]


def test_the_likeliest_set_has_a_determinant_hardly_larger():
    """The greedy one is within a tenth of it, over all sets of three."""
    rng = np.random.default_rng(3)
    scores = rng.normal(size=9).astype(np.float32)
    features = rng.normal(size=(9, 4)).astype(np.float32)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    quality = np.exp(scores / module.TRADE)
    kernel = quality[:, None] * (1 + unit @ unit.T) / 2 * quality

    def size(some):
        return np.linalg.det(kernel[np.ix_(some, some)])

    best = max(map(list, itertools.combinations(range(9), 3)), key=size)
    result = choose("diverse", scores, features, 3, [0, 0]).numpy()
    assert size(result) > 0.9 * size(best)


def test_samples_are_drawn_with_probability_exp_of_the_score():
    scores = np.log([1.0, 2.0, 5.0]).astype(np.float32) / module.BETA
    features = np.zeros((3, 2), np.float32)
    first = [
        int(choose("sample", scores, features, 1, [0, seed])[0])
        for seed in range(500)
    ]
    shares = np.bincount(first, minlength=3) / 500
    assert shares == pytest.approx([0.125, 0.25, 0.625], abs=0.06)


@pytest.mark.parametrize("method", METHODS)
def test_a_graph_chooses_the_same(candidates, method):
    def function(scores, features):
        return choose(method, scores, features, 5, [1, 2])

    assert np.array_equal(
        tf.function(function)(*candidates), function(*candidates)
    )

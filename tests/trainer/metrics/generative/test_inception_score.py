import numpy as np
import pytest

from trainer.metrics.generative.classifier import fit_classifier
from trainer.metrics.generative.inception_score import inception_score


def test_sure_and_varied_images_score_the_number_of_classes():
    assert inception_score(np.eye(7)) == pytest.approx(7)


def test_what_is_never_sure_or_always_the_same_scores_one():
    assert inception_score(np.full((5, 4), 0.25)) == pytest.approx(1)
    assert inception_score(np.eye(4)[[2, 2, 2]]) == pytest.approx(1)


def test_it_is_the_sum_of_its_definition():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(5), 12)
    total = 0.0
    for row in p:
        for of_class, overall in zip(row, p.mean(axis=0), strict=True):
            total += of_class * np.log(of_class / overall)
    assert inception_score(p) == pytest.approx(np.exp(total / 12))


def test_no_image_has_no_score():
    with pytest.raises(ValueError, match="got none"):
        inception_score(np.zeros((0, 3)))


@pytest.fixture(scope="module")
def catalog():
    """Three classes, the first twice as frequent, that overlap a little."""
    rng = np.random.default_rng(1)
    classes = np.array([3, 3, 5, 8])[rng.integers(4, size=600)]
    centers = {3: 0.0, 5: 3.5, 8: 7.0}
    offsets = np.array([centers[class_id] for class_id in classes])
    return rng.normal(size=(600, 4)) + offsets[:, None], classes


def test_the_classifier_is_right_on_photos_that_it_did_not_see(catalog):
    features, classes = catalog
    result = fit_classifier(features, classes)
    assert result.accuracy > 0.9
    assert result.held_out == 120
    assert 0.4 < result.chance < 0.6
    probabilities = result.probabilities(features)
    assert probabilities.shape == (600, 3)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(600))
    assert "accuracy 9" in result.describe() or "100%" in result.describe()


def test_what_says_nothing_is_right_by_chance_only(catalog):
    _, classes = catalog
    noise = np.random.default_rng(2).normal(size=(600, 4))
    result = fit_classifier(noise, classes)
    assert result.accuracy < result.chance + 0.05


def test_the_seed_decides_what_is_held_out(catalog):
    first, same, other = (fit_classifier(*catalog, seed) for seed in (0, 0, 1))
    assert first.accuracy == same.accuracy
    weights = [result.model[-1].coef_ for result in (first, same, other)]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])

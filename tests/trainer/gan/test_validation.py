import numpy as np
import pytest

from trainer.gan.dataset import load_gan_dataset
from trainer.gan.validation import Validation


@pytest.fixture(scope="module")
def validation(start_run, tmp_path_factory):
    run = start_run(tmp_path_factory.mktemp("validation"))
    dataset = load_gan_dataset(run)
    return dataset, Validation(dataset, run.config)


def test_the_photos_themselves_are_perfect(validation):
    dataset, validation = validation
    photos = dataset.images(dataset.held_out)
    logs = validation.measure(lambda z, category: photos)
    assert logs["val_diversity"] == pytest.approx(1)
    # Unbiased for two samples; of one with itself it is a little below 0.
    assert logs["val_kid"] < 0


def test_one_image_for_all_has_no_diversity(validation):
    dataset, validation = validation
    photos = dataset.images(dataset.held_out)
    logs = validation.measure(lambda z, category: photos[:1].repeat(8, axis=0))
    assert logs["val_diversity"] == pytest.approx(0, abs=1e-3)
    assert logs["val_kid"] > 0.05


def test_designs_are_of_the_categories_that_photos_are_of(validation):
    dataset, validation = validation
    seen = []

    def draw(z, category):
        seen.append((z, category))
        return np.zeros((len(z), 8, 8, 3), np.float32)

    validation.measure(draw)
    validation.measure(draw)
    for z, category in seen:
        assert z.shape == (8, 3)
        np.testing.assert_array_equal(
            category, dataset.category[dataset.held_out]
        )
        np.testing.assert_array_equal(z, seen[0][0])

import numpy as np
import pytest

from atelier.io.errors import UserError
from trainer.gan.codes import latent_codes
from trainer.gan.dataset import load_gan_dataset


@pytest.fixture(scope="module")
def dataset(start_run, tmp_path_factory):
    return load_gan_dataset(start_run(tmp_path_factory.mktemp("codes")))


def test_codes_are_distributed_as_z_in_each_category(dataset):
    codes = latent_codes(dataset, 2)
    assert codes.dtype == np.float32
    for category in range(len(dataset.categories)):
        rows = dataset.train[dataset.category[dataset.train] == category]
        np.testing.assert_allclose(codes[rows].mean(axis=0), 0, atol=1e-3)
        # The ridge takes a little of the variance.
        np.testing.assert_allclose(np.cov(codes[rows].T), np.eye(2), atol=0.15)


def test_items_of_no_category_have_no_code(dataset):
    codes = latent_codes(dataset, 2)
    assert not codes[dataset.category < 0].any()
    assert np.abs(codes[dataset.held_out]).min(axis=1).max() > 0


def test_like_images_have_like_codes(dataset):
    """By the difference of their pixels, within a category."""
    codes = latent_codes(dataset, 3)
    rows = dataset.train[dataset.category[dataset.train] == 0][:20]
    images = dataset.images(rows).reshape(len(rows), -1)
    pairs = np.triu_indices(len(rows), 1)
    pixels, places = (
        np.linalg.norm(one[pairs[0]] - one[pairs[1]], axis=1)
        for one in (images, codes[rows])
    )
    assert np.corrcoef(pixels, places)[0, 1] > 0.5


def test_more_components_than_images_are_refused(dataset):
    with pytest.raises(UserError, match="--z_dim 5000 is more than"):
        latent_codes(dataset, 5000)

import numpy as np
import pytest

from trainer.gan.codes import latent_codes
from trainer.gan.dataset import load_gan_dataset
from trainer.gan.input_pipeline import GanBatches


@pytest.fixture(scope="module")
def dataset(start_run, tmp_path_factory):
    return load_gan_dataset(start_run(tmp_path_factory.mktemp("batches")))


@pytest.fixture
def make(dataset, tiny_config):
    """Returns make(**values)."""
    return lambda **values: GanBatches(dataset, tiny_config(**values))


def first(batches, step):
    return next(iter(batches.from_step(step)))


def test_a_batch_depends_on_its_number_and_the_seed_alone(make):
    third = list(make().from_step(0).take(4))[3]
    for name, values in first(make(), 3).items():
        np.testing.assert_array_equal(values, third[name])
    for other in (first(make(), 4), first(make(seed=1), 3)):
        for name in ("photo", "z", "photo_draws", "made_draws"):
            assert np.abs(other[name] - third[name]).max() > 0


def test_what_a_batch_holds(make, dataset):
    batch = first(make(batch_size=6), 0)
    shapes = {name: tuple(values.shape) for name, values in batch.items()}
    assert shapes == {
        "photo": (6, 8, 8, 3),
        "category": (6,),
        "z": (6, 3),
        "photo_draws": (6, 7),
        "made_draws": (6, 7),
    }
    assert np.abs(batch["photo_draws"] - batch["made_draws"]).max() > 0.01
    images = dataset.images(dataset.train)
    for photo, category in zip(batch["photo"], batch["category"], strict=True):
        (place,) = np.flatnonzero(
            np.abs(images - photo).max(axis=(1, 2, 3)) < 1e-6
        )
        assert dataset.category[dataset.train[place]] == category


def test_photos_come_with_replacement_and_never_those_held_out(make, dataset):
    """By their colours, which are all different."""
    batch = first(make(batch_size=2000), 0)
    colours = {
        tuple(np.round(one, 4))
        for one in batch["photo"].numpy().mean(axis=(1, 2))
    }
    assert len(colours) == len(dataset.train)
    held_out = dataset.images(dataset.held_out).mean(axis=(1, 2))
    assert not colours & {tuple(np.round(one, 4)) for one in held_out}
    shares = np.bincount(batch["category"].numpy()) / 2000
    expected = np.bincount(dataset.category[dataset.train]) / len(dataset.train)
    np.testing.assert_allclose(shares, expected, atol=0.04)


def test_z_is_normal_or_uniform(make):
    normal = first(make(batch_size=3000), 0)["z"].numpy()
    assert normal.std() == pytest.approx(1, abs=0.05)
    assert np.abs(normal).max() > 2
    uniform = first(make(batch_size=3000, z_distribution="uniform"), 0)["z"]
    assert np.abs(uniform).max() <= 1
    assert uniform.numpy().std() == pytest.approx(3**-0.5, abs=0.02)


def test_pairs_are_of_one_category_and_changed_alike(make, dataset):
    batch = first(make(batch_size=2000), 0)
    for name in ("category", "photo_draws", "made_draws"):
        np.testing.assert_array_equal(batch[name][::2], batch[name][1::2])
    assert np.abs(batch["z"][::2] - batch["z"][1::2]).min(axis=0).max() > 0
    # Any photo of the category may be the second one.
    for part in (batch["photo"][::2], batch["photo"][1::2]):
        colours = {
            tuple(np.round(one, 4)) for one in part.numpy().mean(axis=(1, 2))
        }
        assert len(colours) == len(dataset.train)


def test_every_second_z_is_the_code_of_its_photo(make, dataset):
    values = {"diversity_loss_weight": 0.0, "batch_size": 60}
    plain = first(make(**values), 0)
    redrawn = first(make(redraw_loss_weight=1.0, **values), 0)
    np.testing.assert_array_equal(redrawn["photo"], plain["photo"])
    np.testing.assert_array_equal(redrawn["z"][1::2], plain["z"][1::2])
    np.testing.assert_array_equal(redrawn["made_draws"], redrawn["photo_draws"])
    codes = latent_codes(dataset, 3)
    images = dataset.images(dataset.train)
    for photo, z in zip(redrawn["photo"][::2], redrawn["z"][::2], strict=True):
        (place,) = np.flatnonzero(
            np.abs(images - photo).max(axis=(1, 2, 3)) < 1e-6
        )
        np.testing.assert_array_equal(z, codes[dataset.train[place]])


def test_without_diversity_photos_come_one_by_one(make):
    batch = first(make(batch_size=200, diversity_loss_weight=0.0), 0)
    assert np.any(batch["category"][::2] != batch["category"][1::2])
    for name in ("photo_draws", "made_draws"):
        assert np.abs(batch[name][::2] - batch[name][1::2]).min() > 0

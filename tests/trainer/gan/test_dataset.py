"""Which photos are learned from: 49 hats and 33 shoes."""

import numpy as np
import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer.data.items import read_items
from trainer.gan.dataset import announce
from trainer.gan.dataset import load_gan_dataset
from trainer.gan.dataset import read_categories


def test_all_categories_with_enough_photos(start_run, tmp_path, caplog):
    caplog.set_level("INFO")
    run = start_run(tmp_path)
    dataset = load_gan_dataset(run)
    announce(dataset, run.run_dir)
    assert dataset.categories == ["hat", "shoe"]
    assert read_categories(run.run_dir) == ["hat", "shoe"]
    names = read_items(run.data_dir, lambda item: item.category)
    assert [dataset.categories[index] for index in dataset.category] == names
    assert json_files.read_json(str(tmp_path), "categories.json") == [
        {"name": "hat", "photos": 49},
        {"name": "shoe", "photos": 33},
    ]
    (line,) = caplog.messages
    assert line == (
        "training on 2 categories (hat, shoe): 74 images; 8 more are held out "
        "for KID"
    )


def test_a_tenth_is_held_out_by_the_seed(start_run, tmp_path):
    one, same, other = (
        load_gan_dataset(start_run(tmp_path / name, seed=seed))
        for name, seed in (("a", 3), ("b", 3), ("c", 4))
    )
    assert len(one.held_out) == 8
    together = np.sort(np.concatenate([one.train, one.held_out]))
    np.testing.assert_array_equal(together, np.arange(82))
    np.testing.assert_array_equal(one.held_out, same.held_out)
    assert set(one.held_out) != set(other.held_out)
    fewer = load_gan_dataset(start_run(tmp_path / "d", validation_photos=2))
    assert len(fewer.held_out) == 2


def test_what_is_left_out_is_said(start_run, tmp_path, caplog):
    caplog.set_level("INFO")
    dataset = load_gan_dataset(start_run(tmp_path, min_images_per_category=40))
    announce(dataset, str(tmp_path))
    assert dataset.categories == ["hat"]
    assert np.count_nonzero(dataset.category == -1) == 33
    items = np.concatenate([dataset.train, dataset.held_out])
    assert (dataset.category[items] == 0).all()
    *_, line = caplog.messages
    assert line == (
        "33 images are not used: 0 without a category, 33 of 1 other categories"
    )


def test_categories_may_be_named(start_run, tmp_path):
    dataset = load_gan_dataset(start_run(tmp_path, categories="shoe"))
    assert dataset.categories == ["shoe"]
    assert len(dataset.train) + len(dataset.held_out) == 33


def test_photos_are_made_small(start_run, tmp_path):
    dataset = load_gan_dataset(start_run(tmp_path))
    items = np.array([5, 0])
    images = dataset.images(items)
    assert images.shape == (2, 8, 8, 3)
    # Pixels keep their mean, though not to the last bit at the border.
    photos = dataset.photos.take(items).numpy().astype(np.float32)
    np.testing.assert_allclose(
        images.mean(axis=(1, 2, 3)),
        photos.mean(axis=(1, 2, 3)) / 127.5 - 1,
        atol=0.02,
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"categories": "hat,cap"},
            "--categories names 'cap', which has 0 images, but "
            "--min_images_per_category requires 20; images per category: hat "
            "49, shoe 33",
        ),
        (
            {"categories": "shoe", "min_images_per_category": 34},
            "--categories names 'shoe', which has 33 images, but "
            "--min_images_per_category requires 34",
        ),
        (
            {"min_images_per_category": 50},
            "no category has the 50 images that --min_images_per_category "
            "requires; lower it; images per category: hat 49, shoe 33",
        ),
        (
            {"image_size": 64},
            "are 32 pixels wide, got --image_size 64; lower it",
        ),
    ],
)
def test_what_is_not_there_is_one_sentence(start_run, tmp_path, values, words):
    with pytest.raises(UserError) as error:
        load_gan_dataset(start_run(tmp_path, **values))
    assert words in str(error.value)
    assert "\n" not in str(error.value)

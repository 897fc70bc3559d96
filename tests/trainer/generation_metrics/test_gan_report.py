"""The command `evaluate_gan`, on a GAN of a few weights."""

import numpy as np
import pytest

from records import results
from records.errors import UserError
from trainer import task
from trainer.gan.catalogue import load_catalogue
from trainer.gan.trained_gan import load_trained_gan
from trainer.generation_metrics import gan_report
from trainer.generation_metrics.features import look_of
from trainer.generation_metrics.fid import fid
from trainer.generation_metrics.kid import kid


@pytest.fixture(scope="module")
def make_gan(data_dir, tmp_path_factory):
    """Returns make_gan(**values), the folder of a run."""

    def make(**values):
        path = str(tmp_path_factory.mktemp("gan") / "run")
        flags = {
            "image_size": 16,
            "z_dim": 4,
            "generator_width": 2,
            "discriminator": "paper",
            "discriminator_width": 2,
            "average_decay": 0.9,
            "batch_size": 4,
            "steps": 2,
            "snapshot_every": 2,
            "min_per_category": 20,
            **values,
        }
        given = [f"--{name}={value}" for name, value in flags.items()]
        task.main(
            ["gan", f"--data_dir={data_dir}", f"--run_dir={path}", *given]
        )
        return path

    return make


@pytest.fixture(scope="module")
def measured(make_gan):
    path = make_gan()
    task.main(["evaluate_gan", f"--run_dir={path}"])
    return path


def test_the_figures_are_those_of_held_out_photos_and_designs(measured):
    found = results.read_json(measured, "gan_metrics.json")
    gan = load_trained_gan(measured)
    catalogue = load_catalogue(gan.run)
    real = look_of(catalogue.images(catalogue.held_out))
    train = look_of(catalogue.images(catalogue.train))
    classes = catalogue.category[catalogue.held_out]
    made = gan_report._designs(gan, train, classes)
    designs = found["rows"]["designs"]
    assert found["number"] == len(real) == 8
    assert designs["KID"] == pytest.approx(kid(real, made.looks).mean, rel=1e-4)
    assert designs["FID"] == pytest.approx(fid(real, made.looks), rel=1e-4)
    every = np.linalg.norm(made.looks[:, None] - train, axis=2)
    assert designs["nearest photo"] == pytest.approx(
        every.min(axis=1).mean(), rel=1e-3
    )
    assert set(found["categories"]) <= {"hat", "shoe"}


def test_training_photos_are_drawn_of_the_same_categories(measured):
    gan = load_trained_gan(measured)
    catalogue = load_catalogue(gan.run)
    train = look_of(catalogue.images(catalogue.train))
    classes = catalogue.category[catalogue.held_out]
    photos = gan_report._photos(catalogue, train, classes)
    for look, of_class in zip(photos.looks, classes, strict=True):
        (row,) = np.flatnonzero(np.all(train == look, axis=1))
        assert catalogue.category[catalogue.train[row]] == of_class
    assert len(np.unique(photos.looks, axis=0)) == len(classes)
    assert np.all(photos.nearest > 0)


def test_photos_are_more_real_than_what_hardly_was_trained(measured):
    rows = results.read_json(measured, "gan_metrics.json")["rows"]
    for name in ("KID", "FID"):
        assert rows["training photos"][name] < rows["designs"][name]


def test_the_tables_can_be_pasted(measured):
    with open(f"{measured}/gan_metrics.md") as file:
        text = file.read()
    assert "| images | KID | FID | precision |" in text
    assert "| designs | " in text
    assert "8 images of each row" in text
    assert "EfficientNet-Lite0 of ImageNet at 128 px" in text
    assert "softmax regression to 2 categories" in text


def test_too_few_photos_are_one_sentence(make_gan):
    path = make_gan(validation_photos=3)
    with pytest.raises(UserError, match="held out 3 photos and draws 16 pix"):
        task.main(["evaluate_gan", f"--run_dir={path}"])

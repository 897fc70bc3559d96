"""The command `evaluate-gan`, on a GAN of a few weights."""

import shutil

import numpy as np
import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer import task
from trainer.gan import evaluate as gan_report
from trainer.gan.dataset import load_gan_dataset
from trainer.gan.trained_gan import load_trained_gan
from trainer.metrics.generative.classifier import fit_classifier
from trainer.metrics.generative.feature_extractor import extract_features
from trainer.metrics.generative.fid import fid
from trainer.metrics.generative.kid import kid


@pytest.fixture(scope="module")
def measured(drawing_gan, build_once):
    """The run directory of the small GAN, evaluated."""

    def measure(folder):
        shutil.copytree(drawing_gan, folder / "run")
        task.main(["evaluate-gan", f"--run_dir={folder / 'run'}"])

    return str(build_once("measured_gan", measure) / "run")


def test_the_figures_are_those_of_held_out_photos_and_designs(measured):
    found = json_files.read_json(measured, "gan_metrics.json")
    gan = load_trained_gan(measured)
    dataset = load_gan_dataset(gan.run)
    real = extract_features(dataset.images(dataset.held_out))
    train = extract_features(dataset.images(dataset.train))
    classes = dataset.category[dataset.held_out]
    made = gan_report._designs(gan, train, classes)
    designs = found["rows"]["designs"]
    assert found["number"] == len(real) == 8
    halves = kid(real, made.features, subset_size=4)
    assert designs["KID"] == pytest.approx(halves.mean, rel=1e-4)
    assert designs["KID std"] == pytest.approx(halves.std, rel=1e-3)
    assert found["kid_subset"] == 4
    assert designs["FID"] == pytest.approx(fid(real, made.features), rel=1e-4)
    every = np.linalg.norm(made.features[:, None] - train, axis=2)
    assert designs["nearest photo"] == pytest.approx(
        every.min(axis=1).mean(), rel=1e-3
    )
    assert set(found["categories"]) <= {"hat", "shoe"}
    for name, figures in found["categories"].items():
        of_class = classes == gan.categories.index(name)
        assert figures["photos"] == of_class.sum()
        assert figures["FID"] == pytest.approx(
            fid(real[of_class], made.features[of_class]), rel=1e-4
        )


def test_training_photos_are_drawn_of_the_same_categories(measured):
    gan = load_trained_gan(measured)
    dataset = load_gan_dataset(gan.run)
    train = extract_features(dataset.images(dataset.train))
    classes = dataset.category[dataset.held_out]
    trained_on = dataset.category[dataset.train]
    rows = gan_report._alike(trained_on, classes)
    np.testing.assert_array_equal(trained_on[rows], classes)
    assert len(set(rows)) == len(classes)
    photos = gan_report._photos(dataset, train, rows)
    every = np.linalg.norm(train[rows][:, None] - train, axis=2)
    every[np.arange(len(rows)), rows] = np.inf  # Of all but the photo itself.
    np.testing.assert_allclose(photos.nearest, every.min(axis=1), rtol=1e-3)


def test_the_classifier_never_saw_the_photos_that_it_judges(
    measured, monkeypatch
):
    gan = load_trained_gan(measured)
    dataset = load_gan_dataset(gan.run)
    train = extract_features(dataset.images(dataset.train))
    fitted = []

    def fit(features, classes):
        fitted.append(features)
        return fit_classifier(features, classes)

    monkeypatch.setattr(gan_report, "fit_classifier", fit)
    gan_report.measure(gan, dataset)
    rows = gan_report._alike(
        dataset.category[dataset.train],
        dataset.category[dataset.held_out],
    )
    np.testing.assert_allclose(
        fitted[0], np.delete(train, rows, axis=0), atol=1e-4
    )


def test_measuring_says_nothing_of_training(measured, tmp_path, capsys):
    shutil.copytree(measured, tmp_path / "run")
    capsys.readouterr()
    task.main(["evaluate-gan", f"--run_dir={tmp_path}/run"])
    out = capsys.readouterr().out
    assert out.startswith("images")
    assert "designs of  photos" in out


@pytest.mark.slow
def test_more_training_removes_what_it_makes_untrue(train_gan):
    path = train_gan()
    task.main(["evaluate-gan", f"--run_dir={path}"])
    train_gan(run_dir=path)  # Has nothing to do.
    assert json_files.exists(path, "gan_metrics.json")
    train_gan(run_dir=path, steps=4)
    assert not json_files.exists(path, "gan_metrics.json")
    assert not json_files.exists(path, "gan_metrics.md")


def test_photos_are_more_real_than_what_hardly_was_trained(measured):
    rows = json_files.read_json(measured, "gan_metrics.json")["rows"]
    for name in ("KID", "FID"):
        assert rows["training photos"][name] < rows["designs"][name]


def test_the_tables_can_be_pasted(measured):
    with open(f"{measured}/gan_metrics.md") as file:
        text = file.read()
    assert "| images | KID | FID | precision |" in text
    assert "| designs | " in text
    assert "8 images of each row" in text
    assert "over subsets of 4 images" in text
    assert "| designs of | photos | KID | FID |" in text
    assert "EfficientNet-Lite0 of ImageNet at 128 px" in text
    assert "softmax regression to 2 categories" in text


def test_too_few_photos_are_one_sentence(drawing_gan, tmp_path):
    shutil.copytree(drawing_gan, tmp_path / "run")
    run = json_files.read_json(drawing_gan, "run.json")
    run["config"]["validation_photos"] = 3
    json_files.write_json(str(tmp_path / "run"), "run.json", run)
    with pytest.raises(UserError, match="has 3 held-out images of 16 pixels"):
        task.main(["evaluate-gan", f"--run_dir={tmp_path}/run"])


def test_one_photo_a_category_has_no_pair(measured):
    """A draw of held-out photos may bring that about."""
    gan = load_trained_gan(measured)
    dataset = load_gan_dataset(gan.run)
    features = extract_features(dataset.images(dataset.held_out))
    images = gan_report._Images(
        dataset.images(dataset.held_out), features, np.ones(8)
    )
    figures = gan_report._figures(features, images, np.arange(8), None, 4)
    assert "opposite SSIM" not in figures
    assert set(figures) >= {"KID", "FID", "precision", "nearest photo"}

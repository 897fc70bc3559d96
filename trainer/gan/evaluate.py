"""Evaluation of a trained GAN on held-out images.

The reference set are the held-out images, resized to the size of the generated
images. The generated set has the same number of images per category, sampled
as in training. A third set of the same number per category is sampled from
the training images: it shows the value that each metric has for real images
at this set size.
"""

import dataclasses

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from trainer.gan.dataset import GanDataset
from trainer.gan.latent import draw_z
from trainer.gan.trained_gan import TrainedGan
from trainer.metrics.generative.by_class import by_class
from trainer.metrics.generative.classifier import Classifier
from trainer.metrics.generative.classifier import fit_classifier
from trainer.metrics.generative.feature_extractor import EXTRACTOR
from trainer.metrics.generative.feature_extractor import extract_features
from trainer.metrics.generative.fid import fid
from trainer.metrics.generative.inception_score import inception_score
from trainer.metrics.generative.kid import SUBSET_SIZE
from trainer.metrics.generative.kid import kid
from trainer.metrics.generative.nearest_neighbor import nearest_photos
from trainer.metrics.generative.precision_recall import precision_recall
from trainer.metrics.generative.ssim import opposite_ssim

PHOTOS, DESIGNS = "training photos", "designs"
_SEED = (0, 9)
_BATCH = 256


@dataclasses.dataclass(frozen=True)
class GanReport:
    """Metrics of a GAN.

    Attributes:
        number: Number of images of each row and of held-out images.
        kid_subset: Images of each set in a KID subset.
        rows: Metrics by name, for the rows `training photos` and `designs`.
        categories: Number of held-out images (`photos`), KID and FID of the
            generated images, by category name.
        extractor: Description of the feature extractor.
        classifier: Description of the classifier of the Inception Score (IS),
            "" if there is only one category.
    """

    number: int
    kid_subset: int
    rows: dict[str, dict[str, float]]
    categories: dict[str, dict[str, float]]
    extractor: str
    classifier: str


@dataclasses.dataclass(frozen=True)
class _Images:
    """Images of the same categories as the held-out images.

    Attributes:
        pixels: RGB images, float32 [n, size, size, 3] in [-1, 1].
        features: Image features, float32 [n, d].
        nearest: Feature distance to the nearest training image, float [n].
    """

    pixels: np.ndarray
    features: np.ndarray
    nearest: np.ndarray


def measure(gan: TrainedGan, dataset: GanDataset) -> GanReport:
    """Computes the metrics of a GAN.

    Args:
        gan: The trained GAN.
        dataset: The data set of the GAN, with at least four held-out
            images.
    """
    real = _features(dataset, dataset.held_out, "held-out images")
    train = _features(dataset, dataset.train, "training images")
    trained_on = dataset.category[dataset.train]
    classes = dataset.category[dataset.held_out]
    rows = _alike(trained_on, classes)
    # The evaluated training images are left out of the fit, because a
    # classifier is overconfident on its own training data.
    classifier = (
        fit_classifier(np.delete(train, rows, 0), np.delete(trained_on, rows))
        if len(gan.categories) > 1
        else None
    )
    sets = {
        PHOTOS: _photos(dataset, train, rows),
        DESIGNS: _designs(gan, train, classes),
    }
    made = sets[DESIGNS].features
    kids = by_class(kid, real, classes, made, classes)
    fids = by_class(fid, real, classes, made, classes)
    # At most half of the set, so that the subsets differ and the standard
    # deviation of KID is meaningful.
    kid_subset = min(SUBSET_SIZE, len(real) // 2)
    return GanReport(
        number=len(real),
        kid_subset=kid_subset,
        rows={
            name: _figures(real, images, classes, classifier, kid_subset)
            for name, images in sets.items()
        },
        categories={
            gan.categories[one]: {
                "photos": int(np.sum(classes == one)),
                "KID": kids[one].mean,
                "FID": fids[one],
            }
            for one in kids
        },
        extractor=EXTRACTOR,
        classifier=classifier.describe() if classifier else "",
    )


def _features(dataset: GanDataset, items: np.ndarray, doing: str) -> np.ndarray:
    """Returns the image features of items, float32 [n, d]."""
    starts = range(0, len(items), _BATCH)
    bar = tqdm(starts, f"features of {doing}", leave=False, disable=None)
    return np.concatenate(
        [
            extract_features(dataset.images(items[start : start + _BATCH]))
            for start in bar
        ]
    )


def _alike(trained_on: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Samples training images of the given classes, without replacement.

    Args:
        trained_on: Classes of the training images, int [t].
        classes: Requested classes, int [n].

    Returns:
        Row indices into the training images, int64 [n].
    """
    rng = np.random.default_rng(_SEED)
    rows = np.empty(len(classes), np.int64)
    for one in np.unique(classes):
        wanted = classes == one
        rows[wanted] = rng.choice(
            np.flatnonzero(trained_on == one), np.sum(wanted), replace=False
        )
    return rows


def _photos(
    dataset: GanDataset, train: np.ndarray, rows: np.ndarray
) -> _Images:
    # Column 0 is the image itself.
    nearest = nearest_photos(train[rows], train, 2)[0][:, 1]
    pixels = dataset.images(dataset.train[rows])
    return _Images(pixels, train[rows], nearest)


def _designs(
    gan: TrainedGan, train: np.ndarray, classes: np.ndarray
) -> _Images:
    z = draw_z(gan.run.config, len(classes), tf.constant(_SEED))
    pixels = np.concatenate(
        [
            gan.generator(
                z[start : start + _BATCH],
                classes[start : start + _BATCH],
                training=False,
            ).numpy()
            for start in range(0, len(classes), _BATCH)
        ]
    )
    features = extract_features(pixels)
    return _Images(pixels, features, nearest_photos(features, train)[0][:, 0])


def _figures(
    real: np.ndarray,
    images: _Images,
    classes: np.ndarray,
    classifier: Classifier | None,
    kid_subset: int,
) -> dict[str, float]:
    """Computes all metrics of a set of images.

    Args:
        real: Features of the held-out images, float32 [n, d].
        images: The evaluated images.
        classes: Category indices of the images, int64 [n].
        classifier: Classifier of the Inception Score, None if there is only
            one category.
        kid_subset: Images of each set in a KID subset.
    """
    distance = kid(real, images.features, subset_size=kid_subset)
    precision, recall = precision_recall(real, images.features)
    varied = [
        opposite_ssim(images.pixels[classes == one])
        for one in np.unique(classes)
        if np.sum(classes == one) > 1
    ]
    figures = {
        "KID": distance.mean,
        "KID std": distance.std,
        "FID": fid(real, images.features),
        "precision": precision,
        "recall": recall,
        "nearest photo": float(images.nearest.mean()),
    }
    if varied:  # At least one category has a pair of images.
        figures["opposite SSIM"] = float(np.mean(varied))
    if classifier:
        probabilities = classifier.probabilities(images.features)
        figures["IS"] = inception_score(probabilities)
    return figures

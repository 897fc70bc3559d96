"""All metrics of a trained GAN, against photos that it never saw.

Real photos are those that training held out, at the size of designs. Designs
are as many, of the same categories, drawn as in training. Training photos, as
many again, drawn by chance within each category, show what each metric says of
images that could not be more real, at this size of the sets.
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

FIGURES = "gan_metrics.json"
TABLE = "gan_metrics.md"
"""A report in the folder of a run, which more training makes untrue."""
PHOTOS, DESIGNS = "training photos", "designs"
_SEED = (0, 9)
_BATCH = 256


@dataclasses.dataclass(frozen=True)
class GanReport:
    """What a GAN draws, measured.

    Attributes:
        number: Images of each row, and photos that they are held against.
        kid_subset: Images of each kind in a subset of KID.
        rows: `training photos` and `designs`: their figures by name.
        categories: KID and FID of the designs of each category by itself, and
            of how many photos.
        extractor: What the features are of.
        classifier: What `IS` rests on, "" where there is one category.
    """

    number: int
    kid_subset: int
    rows: dict[str, dict[str, float]]
    categories: dict[str, dict[str, float]]
    extractor: str
    classifier: str


@dataclasses.dataclass(frozen=True)
class _Images:
    """Images of the same categories as the held-out photos.

    Attributes:
        pixels: float32 [n, size, size, 3].
        looks: Their features, float32 [n, d].
        nearest: How far the nearest training photo looks away, float [n].
    """

    pixels: np.ndarray
    looks: np.ndarray
    nearest: np.ndarray


def measure(gan: TrainedGan, catalogue: GanDataset) -> GanReport:
    """Measures a GAN.

    Args:
        gan: The GAN.
        catalogue: The photos that it was trained on, and at least four that
            were held out.
    """
    real = _looks(catalogue, catalogue.held_out, "held-out photos")
    train = _looks(catalogue, catalogue.train, "training photos")
    trained_on = catalogue.category[catalogue.train]
    classes = catalogue.category[catalogue.held_out]
    rows = _alike(trained_on, classes)
    # Of photos that it was fitted to it would be too sure.
    classifier = (
        fit_classifier(np.delete(train, rows, 0), np.delete(trained_on, rows))
        if len(gan.categories) > 1
        else None
    )
    sets = {
        PHOTOS: _photos(catalogue, train, rows),
        DESIGNS: _designs(gan, train, classes),
    }
    made = sets[DESIGNS].looks
    kids = by_class(kid, real, classes, made, classes)
    fids = by_class(fid, real, classes, made, classes)
    # Random halves of a set spread as far as other sets of its size would.
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


def _looks(catalogue: GanDataset, items: np.ndarray, doing: str) -> np.ndarray:
    """Returns the features of photos, float32 [n, d]."""
    starts = range(0, len(items), _BATCH)
    bar = tqdm(starts, f"looking at {doing}", leave=False, disable=None)
    return np.concatenate(
        [
            extract_features(catalogue.images(items[start : start + _BATCH]))
            for start in bar
        ]
    )


def _alike(trained_on: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Draws a training photo for each class given, without replacement.

    Args:
        trained_on: Classes of the training photos, int [t].
        classes: What is wanted, int [n].

    Returns:
        Rows of training photos, int64 [n].
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
    catalogue: GanDataset, train: np.ndarray, rows: np.ndarray
) -> _Images:
    # The nearest photo is the photo itself.
    nearest = nearest_photos(train[rows], train, 2)[0][:, 1]
    pixels = catalogue.images(catalogue.train[rows])
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
    looks = extract_features(pixels)
    return _Images(pixels, looks, nearest_photos(looks, train)[0][:, 0])


def _figures(
    real: np.ndarray,
    images: _Images,
    classes: np.ndarray,
    classifier: Classifier | None,
    kid_subset: int,
) -> dict[str, float]:
    """Returns all metrics of a set of images."""
    distance = kid(real, images.looks, subset_size=kid_subset)
    precision, recall = precision_recall(real, images.looks)
    varied = [
        opposite_ssim(images.pixels[classes == one])
        for one in np.unique(classes)
        if np.sum(classes == one) > 1
    ]
    figures = {
        "KID": distance.mean,
        "KID std": distance.std,
        "FID": fid(real, images.looks),
        "precision": precision,
        "recall": recall,
        "nearest photo": float(images.nearest.mean()),
    }
    if varied:  # Some category has a pair.
        figures["opposite SSIM"] = float(np.mean(varied))
    if classifier:
        probabilities = classifier.probabilities(images.looks)
        figures["IS"] = inception_score(probabilities)
    return figures

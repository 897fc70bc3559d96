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

from trainer.gan.catalogue import Catalogue
from trainer.gan.latent import draw_z
from trainer.gan.trained_gan import TrainedGan
from trainer.generation_metrics.by_class import by_class
from trainer.generation_metrics.classifier import Classifier
from trainer.generation_metrics.classifier import fit_classifier
from trainer.generation_metrics.features import EXTRACTOR
from trainer.generation_metrics.features import look_of
from trainer.generation_metrics.fid import fid
from trainer.generation_metrics.inception_score import inception_score
from trainer.generation_metrics.kid import kid
from trainer.generation_metrics.nearest_photo import nearest_photos
from trainer.generation_metrics.precision_recall import precision_recall
from trainer.generation_metrics.ssim import opposite_ssim

PHOTOS, DESIGNS = "training photos", "designs"
_SEED = (0, 9)
_BATCH = 256


@dataclasses.dataclass(frozen=True)
class GanReport:
    """What a GAN draws, measured.

    Attributes:
        number: Images of each row, and photos that they are held against.
        rows: `training photos` and `designs`: their figures by name.
        categories: KID and FID of the designs of each category by itself.
        extractor: What the features are of.
        classifier: What `IS` rests on, "" where there is one category.
    """

    number: int
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


def measure(gan: TrainedGan, catalogue: Catalogue) -> GanReport:
    """Measures a GAN.

    Args:
        gan: The GAN.
        catalogue: The photos that it was trained on, and at least four that
            were held out.
    """
    real = _looks(catalogue, catalogue.held_out, "held-out photos")
    train = _looks(catalogue, catalogue.train, "training photos")
    classes = catalogue.category[catalogue.held_out]
    classifier = (
        fit_classifier(train, catalogue.category[catalogue.train])
        if len(gan.categories) > 1
        else None
    )
    sets = {
        PHOTOS: _photos(catalogue, train, classes),
        DESIGNS: _designs(gan, train, classes),
    }
    made = sets[DESIGNS].looks
    kids = by_class(kid, real, classes, made, classes)
    fids = by_class(fid, real, classes, made, classes)
    return GanReport(
        number=len(real),
        rows={
            name: _figures(real, images, classes, classifier)
            for name, images in sets.items()
        },
        categories={
            gan.categories[one]: {"KID": kids[one].mean, "FID": fids[one]}
            for one in kids
        },
        extractor=EXTRACTOR,
        classifier=classifier.describe() if classifier else "",
    )


def _looks(catalogue: Catalogue, items: np.ndarray, doing: str) -> np.ndarray:
    """Returns the features of photos, float32 [n, d]."""
    starts = range(0, len(items), _BATCH)
    bar = tqdm(starts, f"looking at {doing}", leave=False, disable=None)
    return np.concatenate(
        [
            look_of(catalogue.images(items[start : start + _BATCH]))
            for start in bar
        ]
    )


def _photos(
    catalogue: Catalogue, train: np.ndarray, classes: np.ndarray
) -> _Images:
    """Draws training photos, without replacement, one for each class given."""
    rng = np.random.default_rng(_SEED)
    trained_on = catalogue.category[catalogue.train]
    order = rng.permutation(len(train))
    drawn = np.concatenate(
        [
            order[trained_on[order] == one][: np.sum(classes == one)]
            for one in np.unique(classes)
        ]
    )
    # In the order of the classes that are given.
    rows = np.empty(len(classes), np.int64)
    rows[np.argsort(classes, kind="stable")] = drawn
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
    looks = look_of(pixels)
    return _Images(pixels, looks, nearest_photos(looks, train)[0][:, 0])


def _figures(
    real: np.ndarray,
    images: _Images,
    classes: np.ndarray,
    classifier: Classifier | None,
) -> dict[str, float]:
    """Returns all metrics of a set of images."""
    distance = kid(real, images.looks)
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
        "opposite SSIM": float(np.mean(varied)),
        "nearest photo": float(images.nearest.mean()),
    }
    if classifier:
        probabilities = classifier.probabilities(images.looks)
        figures["IS"] = inception_score(probabilities)
    return figures

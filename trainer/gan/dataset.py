"""GAN data set: item images, their categories and the held-out images."""

import collections
import dataclasses
import logging

import numpy as np
import tensorflow as tf

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer.data.images import Photos
from trainer.data.images import load_photos
from trainer.data.items import read_items
from trainer.gan.config import GanConfig
from trainer.gan.gray_cuts import GrayCuts
from trainer.gan.gray_cuts import load_gray_cuts
from trainer.models.layers.resize import resized
from trainer.training.run import Run

_logger = logging.getLogger(__name__)

CATEGORIES = "categories.json"
"""File with the name and image count of each category, by category index."""
_IMAGES_A_BATCH = 256


@dataclasses.dataclass(frozen=True)
class GanDataset:
    """Images of the categories that the GAN generates.

    Attributes:
        categories: Names of the generated categories, sorted.
        category: Category index of each item, -1 for a category that is not
            generated, int64 [items].
        train: Indices of the training items, ascending, int64 [n].
        held_out: Indices of the held-out items, ascending, int64 [m].
        photos: Images of all items of the data set, photos or gray cuts.
        image_size: Side of the resized images, in pixels.
        counts: Image count of each category of the data set, generated or
            not; the key "" counts the items without a category.
    """

    categories: list[str]
    category: np.ndarray
    train: np.ndarray
    held_out: np.ndarray
    photos: Photos | GrayCuts
    image_size: int
    counts: collections.Counter[str]

    def take(self, items: tf.Tensor) -> tf.Tensor:
        """Returns rescaled and resized images; also works in a graph.

        Args:
            items: Item indices, int [batch].

        Returns:
            RGB images, float32 [batch, image_size, image_size, 3] in [-1, 1].
        """
        photos = tf.cast(self.photos.take(items), tf.float32) / 127.5 - 1.0
        return resized(photos, self.image_size)

    def images(self, items: np.ndarray) -> np.ndarray:
        """Returns the images of `take` in batches of 256.

        Args:
            items: Item indices, int [n].

        Returns:
            RGB images, float32 [n, image_size, image_size, 3] in [-1, 1].
        """
        batches = tf.data.Dataset.from_tensor_slices(items).batch(
            _IMAGES_A_BATCH
        )
        return np.concatenate([self.take(one).numpy() for one in batches])


def load_gan_dataset(run: Run[GanConfig]) -> GanDataset:
    """Loads the images of a GAN run.

    Args:
        run: The GAN run.

    Raises:
        UserError: If the images are smaller than `image_size`, or a category
            is missing or has too few images.
    """
    config = run.config
    if config.image_size > run.image_size:
        raise UserError(
            f"the images of {run.data_dir} are {run.image_size} pixels wide, "
            f"got --image_size {config.image_size}; lower it, or prepare the "
            "data with a larger --image_size"
        )
    names = read_items(run.data_dir, lambda item: item.category)
    photos: Photos | GrayCuts
    photos = load_photos(run.data_dir, config.image_cache_mb << 20)
    if config.generator == "cut":
        usable, photos = load_gray_cuts(run.data_dir, photos, config.image_size)
        names = [
            name if one else "" for name, one in zip(names, usable, strict=True)
        ]
    counts = collections.Counter(names)
    categories = _categories(counts, config)
    number = {name: index for index, name in enumerate(categories)}
    category = np.array([number.get(name, -1) for name in names], np.int64)
    items = np.flatnonzero(category >= 0)
    rng = np.random.default_rng((config.seed, 3))
    held_out = rng.choice(
        items, min(config.validation_photos, len(items) // 10), replace=False
    )
    return GanDataset(
        categories=categories,
        category=category,
        train=np.setdiff1d(items, held_out),
        held_out=np.sort(held_out),
        photos=photos,
        image_size=config.image_size,
        counts=counts,
    )


def announce(dataset: GanDataset, run_dir: str) -> None:
    """Logs the used and unused image counts; writes `categories.json`.

    Args:
        dataset: The data set of the run.
        run_dir: Folder of the run.
    """
    names, counts = dataset.categories, dataset.counts
    gray = isinstance(dataset.photos, GrayCuts)
    rows = [{"name": name, "photos": counts[name]} for name in names]
    json_files.write_json(run_dir, CATEGORIES, rows)
    _logger.info(
        f"training on {len(names)} categories ({', '.join(names)}): "
        f"{len(dataset.train)} images; {len(dataset.held_out)} more are "
        "held out for KID"
    )
    others = [name for name in counts if name and name not in names]
    if left_out := np.count_nonzero(dataset.category < 0):
        _logger.info(
            f"{left_out} images are not used: {counts['']} without a category"
            f"{' or a usable cut' if gray else ''}, "
            f"{left_out - counts['']} of {len(others)} other categories"
        )


def read_categories(run_dir: str) -> list[str]:
    """Returns the category names of a run, in the order of their indices.

    Raises:
        UserError: If the run was never trained.
    """
    return [one["name"] for one in json_files.read_json(run_dir, CATEGORIES)]


def _categories(
    counts: collections.Counter[str], config: GanConfig
) -> list[str]:
    """Returns the names of the categories to generate, sorted."""
    named = [(name, count) for name, count in counts.most_common() if name]
    least = config.min_images_per_category
    enough = sorted(name for name, count in named if count >= least)
    there = ", ".join(f"{name} {count}" for name, count in named)
    for name in config.category_names:
        if name not in enough:
            raise UserError(
                f"--categories names {name!r}, which has "
                f"{counts.get(name, 0)} images, but --min_images_per_category "
                f"requires {least}; images per category: {there or 'none'}"
            )
    if not enough:
        raise UserError(
            f"no category has the {least} images that "
            "--min_images_per_category requires; lower it; images per "
            f"category: {there or 'none'}"
        )
    return sorted(set(config.category_names)) or enough

"""Which photos a GAN learns from: their categories, and who is held out."""

import collections
import dataclasses

import numpy as np
import tensorflow as tf

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer.data.images import Photos
from trainer.data.images import load_photos
from trainer.data.items import read_items
from trainer.gan.config import GanConfig
from trainer.models.layers.resize import resized
from trainer.training.run import Run

CATEGORIES = "categories.json"
"""Names and numbers of photos of what a run draws, in the order of indices."""
_IMAGES_A_BATCH = 256


@dataclasses.dataclass(frozen=True)
class GanDataset:
    """The photos of the categories that are drawn.

    Attributes:
        categories: Their names, sorted.
        category: Index of each item's category, -1 where it is not drawn,
            int64 [items].
        train: Indices of the items to learn from, ascending, int64 [n].
        held_out: Of those that training never sees, int64 [m].
        photos: All photos of the data set.
        image_size: What they are resized to, in pixels.
        counts: Photos of each category of the data set, drawn or not; of ""
            those without one.
    """

    categories: list[str]
    category: np.ndarray
    train: np.ndarray
    held_out: np.ndarray
    photos: Photos
    image_size: int
    counts: collections.Counter[str]

    def take(self, items: tf.Tensor) -> tf.Tensor:
        """Returns photos as the GAN sees them; works in a graph as well.

        Args:
            items: Item indices, int [batch].

        Returns:
            float32 [batch, image_size, image_size, 3] in [-1, 1].
        """
        photos = tf.cast(self.photos.take(items), tf.float32) / 127.5 - 1.0
        return resized(photos, self.image_size)

    def images(self, items: np.ndarray) -> np.ndarray:
        """Returns many photos as `take` does, batch by batch."""
        batches = tf.data.Dataset.from_tensor_slices(items).batch(
            _IMAGES_A_BATCH
        )
        return np.concatenate([self.take(one).numpy() for one in batches])


def load_gan_dataset(run: Run[GanConfig]) -> GanDataset:
    """Reads the photos of a run.

    Args:
        run: The run.

    Raises:
        UserError: If the photos are too small, or a category is not there or
            has too few of them.
    """
    config = run.config
    if config.image_size > run.image_size:
        raise UserError(
            f"the photos of {run.data_dir} are {run.image_size} pixels wide, "
            f"got --image_size {config.image_size}; ask for less, or prepare "
            "them larger"
        )
    names = read_items(run.data_dir, lambda item: item.category)
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
        photos=load_photos(run.data_dir, config.image_cache_mb << 20),
        image_size=config.image_size,
        counts=counts,
    )


def announce(catalogue: GanDataset, run_dir: str) -> None:
    """Says what is learned from and what is left out; writes `categories.json`.

    Args:
        catalogue: The photos of a run.
        run_dir: Its folder.
    """
    names, counts = catalogue.categories, catalogue.counts
    rows = [{"name": name, "photos": counts[name]} for name in names]
    json_files.write_json(run_dir, CATEGORIES, rows)
    print(
        f"draws {len(names)} categories ({', '.join(names)}), from "
        f"{len(catalogue.train)} photos; {len(catalogue.held_out)} are held "
        "out for KID"
    )
    others = [name for name in counts if name and name not in names]
    if left_out := np.count_nonzero(catalogue.category < 0):
        print(
            f"{left_out} photos are left out: {counts['']} without a category, "
            f"{left_out - counts['']} of {len(others)} other categories"
        )


def read_categories(run_dir: str) -> list[str]:
    """Returns the names of what a run draws, in the order of their indices.

    Raises:
        UserError: If the run was never trained.
    """
    return [one["name"] for one in json_files.read_json(run_dir, CATEGORIES)]


def _categories(
    counts: collections.Counter[str], config: GanConfig
) -> list[str]:
    """Returns the categories to draw, sorted."""
    named = [(name, count) for name, count in counts.most_common() if name]
    least = config.min_images_per_category
    enough = sorted(name for name, count in named if count >= least)
    there = ", ".join(f"{name} {count}" for name, count in named)
    for name in config.category_names:
        if name not in enough:
            raise UserError(
                f"--categories names {name!r}, which has "
                f"{counts.get(name, 0)} photos, and {least} are needed "
                f"(--min_images_per_category); there are: {there or 'none'}"
            )
    if not enough:
        raise UserError(
            f"no category has the {least} photos that "
            f"--min_images_per_category asks for; there are: {there or 'none'}"
        )
    return sorted(set(config.category_names)) or enough

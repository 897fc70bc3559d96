"""Four sources of images for one user and category.

- `random real`: random catalog images of the category.
- `best real`: catalog images of the category with the user's highest scores.
- `random design`: random images of the GAN.
- `design`: results of preference maximization, selected as by the command.
"""

import dataclasses

import numpy as np

from trainer.design.category_items import CategoryItems
from trainer.design.design_context import DesignContext
from trainer.design.design_set import generate_designs
from trainer.metrics.generative.feature_extractor import extract_features
from trainer.metrics.generative.nearest_neighbor import nearest_photos

RANDOM_REAL, BEST_REAL = "random real", "best real"
RANDOM_DESIGN, DESIGN = "random design", "design"
SOURCES = (RANDOM_REAL, BEST_REAL, RANDOM_DESIGN, DESIGN)


@dataclasses.dataclass(frozen=True)
class ArmResult:
    """Images of one source for one user and category.

    Attributes:
        images: RGB images, float32 [n, size, size, 3] in [-1, 1].
        looks: Image features, float32 [n, 1280].
        nearest: Feature distance to the nearest catalog image of the category
            (for a catalog image: to the nearest other one), float [n].
        rows: Positions of catalog images in `CategoryItems.items`, int64 [n];
            empty for generated images.
    """

    images: np.ndarray
    looks: np.ndarray
    nearest: np.ndarray
    rows: np.ndarray


@dataclasses.dataclass(frozen=True)
class ComparisonCell:
    """Images of all sources for one user and one category.

    Attributes:
        user_id: User id.
        person: User vector theta, float32 [K].
        shelf: Items and images of the category.
        shown: Images by source.
    """

    user_id: str
    person: np.ndarray
    shelf: CategoryItems
    shown: dict[str, ArmResult]


def show_all(
    studio: DesignContext,
    shelf: CategoryItems,
    user_id: str,
    *,
    count: int,
    choice: str,
    seed: int,
) -> ComparisonCell:
    """Returns the images of all sources for a user and a category.

    Args:
        studio: Recommenders and GAN.
        shelf: Items and images of the category, more than `count`.
        user_id: User id.
        count: Number of images per source.
        choice: Selection method of the designs, one of `search_config.METHODS`.
        seed: Random seed of the sampled images and of the search.
    """
    person = studio.person(studio.user(user_id))
    rng = np.random.default_rng((seed, shelf.category))
    drawn = rng.choice(len(shelf.items), count, replace=False)
    # No start of the search has the index -1, so the seeds differ.
    random = studio.random_images(shelf.category, count, (seed, -1))
    made = generate_designs(
        studio.designer, shelf, person, count=count, choice=choice, seed=seed
    )
    shown = {
        RANDOM_REAL: _photos(shelf, drawn),
        BEST_REAL: _photos(shelf, shelf.standing(person).best(count)),
        RANDOM_DESIGN: _designs(shelf, random),
        DESIGN: _designs(shelf, made.designs.images),
    }
    return ComparisonCell(user_id, person, shelf, shown)


def _photos(shelf: CategoryItems, rows: np.ndarray) -> ArmResult:
    looks = shelf.looks[rows]
    # Column 0 is the image itself.
    distances, _ = nearest_photos(looks, shelf.looks, 2)
    return ArmResult(shelf.images(rows), looks, distances[:, 1], rows)


def _designs(shelf: CategoryItems, images: np.ndarray) -> ArmResult:
    looks = extract_features(images)
    distances, _ = nearest_photos(looks, shelf.looks)
    return ArmResult(images, looks, distances[:, 0], np.zeros(0, np.int64))

"""Four sources of images for one person and category.

- `random real`: photos of the category, drawn by chance.
- `best real`: the photos that the person's score is highest of.
- `random design`: what the GAN draws by chance.
- `design`: what preference maximisation finds, chosen as the command does.
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
    """What a source shows to a person.

    Attributes:
        images: float32 [n, size, size, 3] in [-1, 1].
        looks: Their features, float32 [n, 1280].
        nearest: How far the nearest photo looks away, of a photo the nearest
            other one, float [n].
        rows: Of photos, their places on the shelf; of designs, none.
    """

    images: np.ndarray
    looks: np.ndarray
    nearest: np.ndarray
    rows: np.ndarray


@dataclasses.dataclass(frozen=True)
class ComparisonCell:
    """One person and one category.

    Attributes:
        user_id: The person.
        person: Theta, float32 [K].
        shelf: The photos of the category.
        shown: What each source shows.
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
    """Returns what each source shows to a person.

    Args:
        studio: What designs are made with.
        shelf: The real photos of the category, more than `count`.
        user_id: The person.
        count: Images of each source.
        choice: How designs are chosen; see `choose`.
        seed: Of all that is drawn.
    """
    person = studio.person(studio.user(user_id))
    rng = np.random.default_rng((seed, shelf.category))
    drawn = rng.choice(len(shelf.items), count, replace=False)
    # No start of the search has this number, so it draws others.
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
    # The nearest one is the photo itself.
    distances, _ = nearest_photos(looks, shelf.looks, 2)
    return ArmResult(shelf.images(rows), looks, distances[:, 1], rows)


def _designs(shelf: CategoryItems, images: np.ndarray) -> ArmResult:
    looks = extract_features(images)
    distances, _ = nearest_photos(looks, shelf.looks)
    return ArmResult(images, looks, distances[:, 0], np.zeros(0, np.int64))

"""Sources of images for one user and category: the arms of a comparison.

- `random real`: random catalog images of the category.
- `best real`: catalog images of the category with the user's highest scores.
- `random design`: random images of the GAN.
- `design`: results of preference maximization, selected as by the command.
- `composed`: designs composed of cuts and cloths of items, where the data have
  masks.
- `drawn`: the same with the cuts of a generator.

Catalog images, cuts and cloths are those of items that the user did not
interact with. A further arm is one function and one entry in `arms_of`.
"""

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Mapping

import numpy as np
from keras import ops

from atelier.io.errors import UserError
from trainer.design.category_items import CategoryItems
from trainer.design.composed_context import ComposedContext
from trainer.design.composed_context import composed_designs
from trainer.design.design_context import DesignContext
from trainer.design.design_set import generate_designs
from trainer.design.search_config import SelectionConfig
from trainer.design.user_category import UserCategory
from trainer.metrics.generative.feature_extractor import extract_features
from trainer.metrics.generative.nearest_neighbor import nearest_photos
from trainer.models.layers.resize import resized

RANDOM_REAL, BEST_REAL = "random real", "best real"
RANDOM_DESIGN, DESIGN = "random design", "design"
COMPOSED, DRAWN = "composed", "drawn"
BASELINES = (RANDOM_REAL, BEST_REAL, RANDOM_DESIGN)
"""Arms that the designs are compared with."""


@dataclasses.dataclass(frozen=True)
class ArmResult:
    """Images of one arm for one user and category.

    Attributes:
        images: RGB images, float32 [n, size, size, 3] in [-1, 1].
        features: Image features, float32 [n, 1280].
        nearest: Feature distance to the nearest catalog image of the category
            (for a catalog image: to the nearest other one), float [n].
        rows: Positions of catalog images in `CategoryItems.items`, int64 [n];
            empty for generated images.
    """

    images: np.ndarray
    features: np.ndarray
    nearest: np.ndarray
    rows: np.ndarray


@dataclasses.dataclass(frozen=True)
class ComparisonCell:
    """Images of all arms for one user and one category.

    Attributes:
        case: User and category.
        shown: Images by arm.
    """

    case: UserCategory
    shown: dict[str, ArmResult]


Arm = Callable[[UserCategory, SelectionConfig], ArmResult]
"""Function of a user and category, with at least as many candidates as images
are shown, to the images."""


def arms_of(
    generated: DesignContext | None, composed: ComposedContext | None
) -> dict[str, Arm]:
    """Returns all arms by name, in the order of the table.

    Args:
        generated: Recommenders and GAN, None for no GAN.
        composed: Recommenders and garments, None for data without masks.
    """
    arms: dict[str, Arm] = {
        RANDOM_REAL: _random_real,
        BEST_REAL: _best_real,
    }
    if composed:
        arms[COMPOSED] = functools.partial(_composed, composed, drawn=False)
        if composed.drawn:
            arms[DRAWN] = functools.partial(_composed, composed, drawn=True)
    if generated:
        arms[RANDOM_DESIGN] = functools.partial(_random_design, generated)
        arms[DESIGN] = functools.partial(_design, generated)
    return arms


def show_all(
    arms: Mapping[str, Arm], case: UserCategory, config: SelectionConfig
) -> ComparisonCell:
    """Returns the images of all arms for a user and a category.

    Args:
        arms: Arms by name.
        case: User and category, with at least `config.count` candidates.
        config: Number of images per arm, and selection of the designs.
    """
    return ComparisonCell(
        case, {name: arm(case, config) for name, arm in arms.items()}
    )


def _random_real(case: UserCategory, config: SelectionConfig) -> ArmResult:
    rng = np.random.default_rng((case.seed, case.items.category))
    rows = rng.choice(case.candidates, config.count, replace=False)
    return _catalog_images(case.items, rows)


def _best_real(case: UserCategory, config: SelectionConfig) -> ArmResult:
    scores = case.items.standing(case.user_vector).scores[case.candidates]
    best = np.argsort(-scores, kind="stable")[: config.count]
    return _catalog_images(case.items, case.candidates[best])


def _random_design(
    context: DesignContext, case: UserCategory, config: SelectionConfig
) -> ArmResult:
    # No start of the search has the index -1, so the seeds differ.
    seed = (case.seed, -1)
    return _generated_images(
        case.items,
        context.random_images(case.items.category, config.count, seed),
    )


def _design(
    context: DesignContext, case: UserCategory, config: SelectionConfig
) -> ArmResult:
    made = generate_designs(
        context.designer,
        case.items,
        case.user_vector,
        count=config.count,
        choice=config.selection,
        seed=case.seed,
    )
    return _generated_images(case.items, made.designs.images)


def _composed(
    composed: ComposedContext,
    case: UserCategory,
    config: SelectionConfig,
    *,
    drawn: bool,
) -> ArmResult:
    interactions = composed.trained.interactions
    user = interactions.user_ids.index(case.user_id)
    made = composed_designs(
        composed,
        case.items.name,
        case.user_vector,
        count=config.count,
        choice=config.selection,
        seed=case.seed,
        # A part of a held-out item would be likeness by itself.
        exclude=interactions.interacted[user].numpy(),
    )
    rows = [
        row
        for row, details in enumerate(made.details)
        if (details["cut_item_id"] == "") == drawn
    ]
    if len(rows) < config.count:
        raise UserError(
            f"category {case.items.name!r} gives {len(rows)} "
            f"{DRAWN if drawn else COMPOSED} designs for user "
            f"{case.user_id}, but --count is {config.count}; lower --count, or "
            "leave the category out of --categories"
        )
    size = case.items.preference.image_size
    return _generated_images(
        case.items,
        ops.convert_to_numpy(resized(made.designs.images[rows], size)),
    )


def _catalog_images(items: CategoryItems, rows: np.ndarray) -> ArmResult:
    features = items.features[rows]
    # Column 0 is the image itself.
    distances, _ = nearest_photos(features, items.features, 2)
    return ArmResult(items.images(rows), features, distances[:, 1], rows)


def _generated_images(items: CategoryItems, images: np.ndarray) -> ArmResult:
    features = extract_features(images)
    distances, _ = nearest_photos(features, items.features)
    return ArmResult(images, features, distances[:, 0], np.zeros(0, np.int64))

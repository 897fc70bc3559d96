"""Designs of a category for one user, with their nearest catalog items."""

import dataclasses
from typing import Any
from typing import NamedTuple

import numpy as np

from trainer.design.category_items import CategoryItems
from trainer.design.latent_optimizer import Designs
from trainer.design.latent_optimizer import LatentOptimizer
from trainer.design.latent_optimizer import pair
from trainer.design.run_search import search
from trainer.design.score_normalization import ScoreDistribution
from trainer.design.select_diverse import choose
from trainer.metrics.generative.feature_extractor import extract_features
from trainer.metrics.generative.nearest_neighbor import nearest_photos

NEAREST = 5
OF_CATEGORY = 3.0
"""Bonus on the cosine of items of the category of a design, which ranks them
first: two cosines differ by at most 2."""


class ComposedDesigns(NamedTuple):
    """Composed designs with their scores.

    Attributes:
        images: RGB images, float32 [n, size, size, 3] in [-1, 1].
        preferences: Preference scores theta . Phi, float32 [n].
    """

    images: np.ndarray
    preferences: np.ndarray


@dataclasses.dataclass(frozen=True)
class DesignSet:
    """Selected designs for a user.

    Attributes:
        category_items: Catalog items of the category.
        standing: Distribution of the user's scores of these items.
        designs: Selected designs, the highest score first.
        details: Further fields of each design in the JSON file.
        nearest: Positions in `CategoryItems.items` of the nearest catalog
            images of each design, int64 [designs, NEAREST].
        distances: Euclidean distances to these images, float [designs,
            NEAREST]: in the space of `extract_features`; for composed designs,
            of the image embeddings Phi.
    """

    category_items: CategoryItems
    standing: ScoreDistribution
    designs: Designs | ComposedDesigns
    details: list[dict[str, Any]]
    nearest: np.ndarray
    distances: np.ndarray


def generate_designs(
    designer: LatentOptimizer,
    category_items: CategoryItems,
    user_vector: np.ndarray,
    *,
    count: int,
    choice: str,
    seed: int,
) -> DesignSet:
    """Generates and selects designs for a user.

    Args:
        designer: Latent optimizer.
        category_items: Catalog items of the category.
        user_vector: User vector theta, float32 [K].
        count: Number of designs, at most the number of starts of the search.
        choice: Selection method, one of `search_config.METHODS`.
        seed: Random seed of the search and of the selection.
    """
    standing = category_items.standing(user_vector)
    request = category_items.request(user_vector, seed)
    designs = search(designer, request, f"designing {category_items.name}")
    features = extract_features(designs.images)
    scores = standing.z_score(designs.preferences).astype(np.float32)
    chosen = choose(choice, scores, features, count, pair(seed, 1)).numpy()
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")]
    distances, nearest = nearest_photos(
        features[chosen], category_items.features, NEAREST
    )
    designs = Designs(*(part[chosen] for part in designs))
    return DesignSet(
        category_items,
        standing,
        designs,
        [{"realism": float(realism)} for realism in designs.realism],
        nearest,
        distances,
    )

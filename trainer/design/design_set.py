"""Designs of a category for one person, and what the shop has instead."""

import dataclasses

import numpy as np

from trainer.design.category_items import CategoryItems
from trainer.design.latent_optimizer import Designs
from trainer.design.latent_optimizer import LatentOptimizer
from trainer.design.latent_optimizer import pair
from trainer.design.run_search import search
from trainer.design.score_normalization import ScoreDistribution
from trainer.design.select import choose
from trainer.metrics.generative.feature_extractor import extract_features
from trainer.metrics.generative.nearest_neighbor import nearest_photos

NEAREST = 5


@dataclasses.dataclass(frozen=True)
class DesignSet:
    """What was made for a person.

    Attributes:
        shelf: The real photos of the category.
        standing: The scores that these have for the person.
        designs: The chosen ones, the highest score first.
        nearest: The photos that look most like each, places on the shelf,
            int64 [designs, NEAREST].
        distances: Distances of these in the space of `extract_features`, float
            [designs, NEAREST].
    """

    shelf: CategoryItems
    standing: ScoreDistribution
    designs: Designs
    nearest: np.ndarray
    distances: np.ndarray


def generate_designs(
    designer: LatentOptimizer,
    shelf: CategoryItems,
    person: np.ndarray,
    *,
    count: int,
    choice: str,
    seed: int,
) -> DesignSet:
    """Makes designs for a person.

    Args:
        designer: Draws them.
        shelf: The real photos of the category.
        person: Theta, float32 [K].
        count: How many, at most as many as the search has starts.
        choice: How they are chosen; see `choose`.
        seed: Of the search and of the choice.
    """
    standing = shelf.standing(person)
    wish = shelf.wish(person, seed)
    found = search(designer, wish, f"drawing {shelf.name}")
    looks = extract_features(found.images)
    scores = standing.lift(found.preferences).astype(np.float32)
    chosen = choose(choice, scores, looks, count, pair(seed, 1)).numpy()
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")]
    distances, nearest = nearest_photos(looks[chosen], shelf.looks, NEAREST)
    return DesignSet(
        shelf,
        standing,
        Designs(*(part[chosen] for part in found)),
        nearest,
        distances,
    )

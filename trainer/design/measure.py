"""Metrics of an image source: per user and category, and over all images."""

from collections.abc import Sequence

import numpy as np

from trainer.design.category_items import CategoryItems
from trainer.design.comparison_arms import ComparisonCell
from trainer.design.held_out_scorer import HeldOutScorer
from trainer.metrics.generative.kid import Kid
from trainer.metrics.generative.kid import kid
from trainer.metrics.generative.ssim import opposite_ssim

BY_JUDGE = " (judge)"


def of_cell(
    cell: ComparisonCell, source: str, judge: HeldOutScorer | None
) -> dict[str, float]:
    """Computes the metrics of a source for one user and category.

    Args:
        cell: Images of the user and category.
        source: Name of the source.
        judge: Held-out recommender, None for none.

    Returns:
        Means over the images, by column name of `comparison.py`.
    """
    shown = cell.shown[source]
    figures = _worth(cell.shelf, cell.person, shown.images)
    if judge:
        shelf = judge.shelves[cell.shelf.category]
        theirs = _worth(shelf, judge.people[cell.user_id], shown.images)
        figures |= {f"{name}{BY_JUDGE}": one for name, one in theirs.items()}
    return {
        **figures,
        "opposite SSIM": opposite_ssim(shown.images),
        "nearest photo": float(shown.nearest.mean()),
    }


def kid_of(cells: Sequence[ComparisonCell], source: str, seed: int) -> Kid:
    """Computes the mean over categories of the within-category KID.

    Catalog images that the source shows are left out of the reference set.

    Args:
        cells: Images of several users and categories.
        source: Name of the source.
        seed: Random seed of the subsets.
    """
    found = []
    for category in sorted({cell.shelf.category for cell in cells}):
        some = [cell for cell in cells if cell.shelf.category == category]
        shown = [cell.shown[source] for cell in some]
        rows = np.concatenate([one.rows for one in shown])
        others = np.delete(some[0].shelf.looks, rows, axis=0)
        looks = np.concatenate([one.looks for one in shown])
        found.append(kid(others, looks, seed=seed))
    return Kid(
        float(np.mean([one.mean for one in found])),
        float(np.mean([one.std for one in found])),
        min(one.subset_size for one in found),
    )


def _worth(
    shelf: CategoryItems, person: np.ndarray, images: np.ndarray
) -> dict[str, float]:
    """Computes mean score, z_score (z-score) and percentile of images.

    Args:
        shelf: Catalog items of the category, with the scoring recommender.
        person: User vector theta, float32 [K].
        images: RGB images, float32 [n, size, size, 3] in [-1, 1].
    """
    standing = shelf.standing(person)
    scores = shelf.preference.embed_many(images) @ person
    return {
        "score": float(scores.mean()),
        "z_score": float(standing.z_score(scores).mean()),
        "percentile": float(standing.percentile(scores).mean()),
    }

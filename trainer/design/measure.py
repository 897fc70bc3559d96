"""Figures of what a source shows: to one person, and of all of it together."""

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
    """Returns the figures of a source for one person and category.

    Args:
        cell: What is shown.
        source: Which of it.
        judge: Another recommender, None for none.

    Returns:
        Means over the images, by column; see `comparison.py`.
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
    """Returns the mean over categories of the KID within a category.

    Photos that the source shows are left out of those that it is held
    against.

    Args:
        cells: Of several people and categories.
        source: Which of what they show.
        seed: Of the subsets.
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
    """Returns what a recommender says of images for a person."""
    standing = shelf.standing(person)
    scores = shelf.preference.embed_many(images) @ person
    return {
        "score": float(scores.mean()),
        "lift": float(standing.lift(scores).mean()),
        "percentile": float(standing.percentile(scores).mean()),
    }

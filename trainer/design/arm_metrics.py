"""Metrics of an arm: per user and category, and over all images."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from trainer.design.comparison_arms import ComparisonCell
from trainer.design.user_category import UserCategory
from trainer.metrics.generative.kid import Kid
from trainer.metrics.generative.kid import kid
from trainer.metrics.generative.ssim import opposite_ssim

Judge = Callable[[UserCategory, np.ndarray], np.ndarray]
"""Function of a user, a category and images, float32 [n, size, size, 3], to
z-scores among the catalog images, float [n]."""
OPPOSITE_SSIM, NEAREST = "opposite SSIM", "nearest image"


def of_cell(
    cell: ComparisonCell, arm: str, judges: Mapping[str, Judge]
) -> dict[str, float]:
    """Computes the metrics of an arm for one user and category.

    Args:
        cell: Images of the user and category.
        arm: Name of the arm.
        judges: Judges by column name.

    Returns:
        Means over the images, by column name of `comparison.py`.
    """
    shown = cell.shown[arm]
    return {
        **{
            name: float(judge(cell.case, shown.images).mean())
            for name, judge in judges.items()
        },
        OPPOSITE_SSIM: opposite_ssim(shown.images),
        NEAREST: float(shown.nearest.mean()),
    }


def kid_of(cells: Sequence[ComparisonCell], arm: str, seed: int) -> Kid:
    """Computes the mean over categories of the within-category KID.

    Catalog images that the arm shows are left out of the reference set.

    Args:
        cells: Images of several users and categories.
        arm: Name of the arm.
        seed: Random seed of the subsets.
    """
    distances = []
    for category in sorted({cell.case.items.category for cell in cells}):
        of_category = [
            cell for cell in cells if cell.case.items.category == category
        ]
        shown = [cell.shown[arm] for cell in of_category]
        rows = np.concatenate([one.rows for one in shown])
        reference = np.delete(of_category[0].case.items.features, rows, axis=0)
        features = np.concatenate([one.features for one in shown])
        distances.append(kid(reference, features, seed=seed))
    return Kid(
        float(np.mean([one.mean for one in distances])),
        float(np.mean([one.std for one in distances])),
        min(one.subset_size for one in distances),
    )

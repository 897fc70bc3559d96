"""Metrics of the arms of a comparison, with intervals over users.

Columns that are computed per user, as the mean over categories and images:

- `preference`: z-score of the recommender that the designs were made with;
- `judge`: z-score of a recommender trained apart (`held_out_scorer.py`);
- `purchases`: likeness to held-out items (`held_out_purchases.py`);
- `opposite SSIM`: diversity of the images that one user is shown;
- `nearest image`: feature distance to the nearest catalog image; for a catalog
  image, to the nearest other one. A value far below that of the catalog images
  indicates memorized training images.

`KID` is the mean over categories of the KID against the catalog images of the
category that the arm does not show. The items that a user likes are not a
random sample of the catalog, so the KID of personalized images need not be
small.

Kept: the mean z-score of an arm by a judge, divided by that of the best real
images. Both judges see only a part of the preference for real images too, so
the best real images are the measure, not the preference.
"""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from trainer.design.arm_metrics import Judge
from trainer.design.arm_metrics import kid_of
from trainer.design.arm_metrics import of_cell
from trainer.design.comparison_arms import BEST_REAL
from trainer.design.comparison_arms import ComparisonCell
from trainer.evaluation.results import Values
from trainer.evaluation.results import estimate
from trainer.metrics.ranking import bootstrap

PREFERENCE, JUDGE, PURCHASES = "preference", "judge", "purchases"
KID = "KID"


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Metrics of all arms.

    Attributes:
        user_ids: Ids of the users.
        categories: Names of the categories.
        count: Number of images per arm, user and category.
        means: Metrics by arm, then by column.
        intervals: 95 % intervals, [low, high], of the columns that are means
            over users, by arm, then by column.
        kid_std: Standard deviation of `KID` over subsets, by arm.
        kept: Kept by arm, then by judge: `ratio` and its 95 % interval from
            `low` to `high`. Without the judges whose z-score of the best real
            images is not certainly above 0: nothing can be kept of that.
        users: Metrics of each user, in the order of `user_ids`, by arm, then
            by column.
        judge: Description of the judge, "" if there is none.
    """

    user_ids: list[str]
    categories: list[str]
    count: int
    means: dict[str, dict[str, float]]
    intervals: dict[str, dict[str, list[float]]]
    kid_std: dict[str, float]
    kept: dict[str, dict[str, dict[str, float]]]
    users: dict[str, dict[str, list[float]]]
    judge: str


def compare(
    cells: Sequence[ComparisonCell],
    judges: Mapping[str, Judge],
    judge: str = "",
    seed: int = 0,
) -> Comparison:
    """Computes the metrics of all arms.

    Args:
        cells: Images of each user and category.
        judges: Judges by column name: `PREFERENCE`, `PURCHASES` and, where
            there is one, `JUDGE`.
        judge: Description of the judge, "" if there is none.
        seed: Random seed of the KID subsets.
    """
    arms = list(cells[0].shown)
    values = {
        arm: _by_user(cells, [of_cell(cell, arm, judges) for cell in cells])
        for arm in arms
    }
    means, intervals, kid_std = {}, {}, {}
    for arm in arms:
        means[arm], intervals[arm] = estimate(values[arm])
        distance = kid_of(cells, arm, seed)
        means[arm][KID], kid_std[arm] = distance.mean, distance.std
    return Comparison(
        user_ids=list(dict.fromkeys(cell.case.user_id for cell in cells)),
        categories=list(dict.fromkeys(cell.case.items.name for cell in cells)),
        count=len(cells[0].shown[BEST_REAL].images),
        means=means,
        intervals=intervals,
        kid_std=kid_std,
        kept=_kept(values, intervals[BEST_REAL]),
        users={
            arm: {name: column.tolist() for name, column in columns.items()}
            for arm, columns in values.items()
        },
        judge=judge,
    )


def _by_user(
    cells: Sequence[ComparisonCell], figures: Sequence[dict[str, float]]
) -> Values:
    """Returns per-user means over the categories, by column.

    Args:
        cells: Images of each user and category.
        figures: Metrics of each cell, by column.

    Returns:
        Means by column, float64 [users].
    """
    user_ids = [cell.case.user_id for cell in cells]
    return {
        column: np.array(
            [
                np.mean(
                    [
                        figure[column]
                        for figure, owner in zip(figures, user_ids, strict=True)
                        if owner == user_id
                    ]
                )
                for user_id in dict.fromkeys(user_ids)
            ]
        )
        for column in figures[0]
    }


def _kept(
    values: dict[str, Values], best: dict[str, list[float]]
) -> dict[str, dict[str, dict[str, float]]]:
    """Returns `Comparison.kept`.

    Args:
        values: Metrics of each user, by arm.
        best: Intervals of the best real images, by column.
    """
    judges = [
        name
        for name in (JUDGE, PURCHASES)
        if name in best and best[name][0] > 0
    ]
    kept: dict[str, dict[str, dict[str, float]]] = {}
    for arm, columns in values.items():
        kept[arm] = {}
        for name in judges:
            ours, theirs = columns[name], values[BEST_REAL][name]
            low, high = bootstrap.ratio_interval(ours, theirs)
            ratio = float(ours.mean() / theirs.mean())
            kept[arm][name] = {"ratio": ratio, "low": low, "high": high}
    return kept

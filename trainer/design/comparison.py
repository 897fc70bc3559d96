"""Metrics of the four image sources, with intervals over users.

Columns that are computed per user, as the mean over categories and images:

- `score`: theta . Phi, on the recommender's own scale;
- `z_score` and `percentile`: of the score among the user's scores of the
  catalog images of the category, comparable across recommenders
  (`score_normalization.py`);
- the same three by a judge, if there is one (`held_out_scorer.py`);
- `opposite SSIM`: diversity of the images that one user is shown;
- `nearest photo`: feature distance to the nearest catalog image; for a catalog
  image, to the nearest other one. A value far below that of the catalog images
  indicates memorized training images.

Columns that are computed over all images of a source: `KID`, the mean over
categories of the KID against the catalog images of the category that the source
does not show; and `IS`. The items that a user likes are not a random sample of
the catalog, so the KID of personalized images need not be small.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from trainer.design.category_items import CategoryItems
from trainer.design.comparison_arms import BEST_REAL
from trainer.design.comparison_arms import DESIGN
from trainer.design.comparison_arms import RANDOM_DESIGN
from trainer.design.comparison_arms import RANDOM_REAL
from trainer.design.comparison_arms import SOURCES
from trainer.design.comparison_arms import ComparisonCell
from trainer.design.held_out_scorer import HeldOutScorer
from trainer.design.measure import BY_JUDGE
from trainer.design.measure import kid_of
from trainer.design.measure import of_cell
from trainer.evaluation.results import Values
from trainer.evaluation.results import differences
from trainer.evaluation.results import estimate
from trainer.metrics.generative.classifier import Classifier
from trainer.metrics.generative.classifier import fit_classifier
from trainer.metrics.generative.inception_score import inception_score

_OVER = {BEST_REAL: RANDOM_REAL, DESIGN: RANDOM_DESIGN}


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Metrics of the four sources.

    Attributes:
        people: Number of users.
        categories: Names of the categories.
        count: Number of images per source, user and category.
        means: Metrics by source, then by column.
        intervals: 95 % intervals, [low, high], of the columns that are means
            over users, by source, then by column.
        kid_std: Standard deviation of `KID` over subsets, by source.
        differences: Paired difference `design` minus `best real`, by column:
            `difference`, its interval from `low` to `high`, and `p`.
        kept: Gain in z_score measured by the judge, as a fraction of the gain
            measured by the recommender: of `best real` over `random real` and
            of `design` over `random design`. Empty without a judge.
        judge: Description of the judge, "" if there is none.
        classifier: Description of the classifier of `IS`, "" if there is only
            one category.
    """

    people: int
    categories: list[str]
    count: int
    means: dict[str, dict[str, float]]
    intervals: dict[str, dict[str, list[float]]]
    kid_std: dict[str, float]
    differences: dict[str, dict[str, float]]
    kept: dict[str, float]
    judge: str
    classifier: str


def compare(
    cells: Sequence[ComparisonCell], judge: HeldOutScorer | None, seed: int = 0
) -> Comparison:
    """Computes the metrics of the four sources.

    Args:
        cells: Images of each user and category; all users have the same
            categories.
        judge: Held-out recommender, None for none.
        seed: Random seed of the KID subsets and the classifier.
    """
    shelves = list({cell.shelf.name: cell.shelf for cell in cells}.values())
    classifier = _fit_classifier(shelves, seed)
    people: dict[str, Values] = {}
    means, intervals, kid_std = {}, {}, {}
    for source in SOURCES:
        figures = [of_cell(cell, source, judge) for cell in cells]
        people[source] = _by_person(cells, figures)
        means[source], intervals[source] = estimate(people[source])
        distance = kid_of(cells, source, seed)
        means[source]["KID"], kid_std[source] = distance.mean, distance.std
        if classifier:
            looks = np.concatenate([cell.shown[source].looks for cell in cells])
            probabilities = classifier.probabilities(looks)
            means[source]["IS"] = inception_score(probabilities)
    return Comparison(
        people=len({cell.user_id for cell in cells}),
        categories=[shelf.name for shelf in shelves],
        count=len(cells[0].shown[DESIGN].images),
        means=means,
        intervals=intervals,
        kid_std=kid_std,
        differences=differences(people[DESIGN], people[BEST_REAL]),
        kept=_kept(means) if judge else {},
        judge=judge.name if judge else "",
        classifier=classifier.describe() if classifier else "",
    )


def _by_person(
    cells: Sequence[ComparisonCell], figures: Sequence[dict[str, float]]
) -> Values:
    """Returns per-user means over the categories, by column.

    Args:
        cells: Images of each user and category.
        figures: Metrics of each cell, by column.

    Returns:
        Means by column, float64 [users].
    """
    return {
        column: np.array(
            [
                np.mean(
                    [
                        figure[column]
                        for cell, figure in zip(cells, figures, strict=True)
                        if cell.user_id == user_id
                    ]
                )
                for user_id in dict.fromkeys(cell.user_id for cell in cells)
            ]
        )
        for column in figures[0]
    }


def _fit_classifier(
    shelves: Sequence[CategoryItems], seed: int
) -> Classifier | None:
    if len(shelves) < 2:
        return None
    classes = [np.full(len(one.items), one.category) for one in shelves]
    return fit_classifier(
        np.concatenate([one.looks for one in shelves]),
        np.concatenate(classes),
        seed,
    )


def _kept(means: dict[str, dict[str, float]]) -> dict[str, float]:
    """Returns the judge's gain as a fraction of the recommender's gain."""

    def gain(source: str, column: str) -> float:
        return means[source][column] - means[_OVER[source]][column]

    return {
        source: gain(source, f"z_score{BY_JUDGE}") / gain(source, "z_score")
        for source in _OVER
    }

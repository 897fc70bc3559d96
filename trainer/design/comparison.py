"""What the four sources are worth: one table, with intervals over people.

Columns, of each person the mean over categories and images:

- `score`: theta . Phi, on the recommender's own scale;
- `lift` and `percentile`: where that stands among the person's scores of the
  real photos of the category (`standing.py`), which recommenders have in
  common;
- the same by a judge, if there is one (`judge.py`);
- `opposite SSIM`: how varied the images are that one person is shown;
- `nearest photo`: how far the nearest photo looks away, of a photo the nearest
  other one: what is far below that of photos was learned by heart.

Of all images of a source together: `KID`, within each category against the
photos that the source did not show, the mean over categories; and `IS`. What a
person likes is no fair sample of the catalogue, so the KID of what was chosen
for somebody need not be small.
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
    """The four sources side by side.

    Attributes:
        people: How many.
        categories: Their names.
        count: Images of a source, for a person and a category.
        means: By source, then by column.
        intervals: 95 % intervals, [low, high], of the columns that are means
            over people.
        kid_std: Standard deviation of `KID` over subsets, by source.
        differences: `design` less `best real`, by column: `difference`, its
            interval from `low` to `high`, and `p`.
        kept: The share of the gain in lift that the judge sees too, of `best
            real` over `random real`, of `design` over `random design`.
        judge: What the judge is, "" if there is none.
        classifier: What `IS` rests on, "" where there is one category.
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
    """Compares the sources.

    Args:
        cells: Of all people, each with the same categories.
        judge: Another recommender, None for none.
        seed: Of the subsets of KID and the classifier.
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
    """Returns the mean over the categories of each person, by column."""
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
    """Returns the gain by the judge as a share of the recommender's own."""

    def gain(source: str, column: str) -> float:
        return means[source][column] - means[_OVER[source]][column]

    return {
        source: gain(source, f"lift{BY_JUDGE}") / gain(source, "lift")
        for source in _OVER
    }

"""What the four sources are worth: one table, with intervals over people.

Columns, of each person the mean over categories and images:

- `score`: theta . Phi, on the recommender's own scale;
- `lift` and `percentile`: where that stands among the person's scores of the
  real photos of the category (`standing.py`), which recommenders have in common;
- the same by a judge, if there is one (`judge.py`);
- `opposite SSIM`: how varied the images are that one person is shown;
- `nearest photo`: how far the nearest photo looks away, of a photo the nearest
  other one: what is far below that of photos was learned by heart.

Of all images of a source together: `KID`, within each category against the
photos that the source did not show, the mean over categories; and `IS`. What a
person likes is no fair sample of the catalogue, so neither need be best.
"""

import dataclasses

import numpy as np
from tqdm import tqdm

from trainer.design.judge import Judge
from trainer.design.shelf import Shelf
from trainer.design.sources import BEST_REAL
from trainer.design.sources import DESIGN
from trainer.design.sources import RANDOM_DESIGN
from trainer.design.sources import RANDOM_REAL
from trainer.design.sources import SOURCES
from trainer.design.sources import Shown
from trainer.design.sources import show_all
from trainer.design.studio import Studio
from trainer.evaluation.outcome import Values
from trainer.evaluation.outcome import differences
from trainer.evaluation.outcome import estimate
from trainer.generation_metrics.classifier import Classifier
from trainer.generation_metrics.classifier import fit_classifier
from trainer.generation_metrics.inception_score import inception_score
from trainer.generation_metrics.kid import kid
from trainer.generation_metrics.ssim import opposite_ssim

LIFT, JUDGE_LIFT = "lift", "lift (judge)"
DIVERSITY = "opposite SSIM"
EXAMPLES = 3


@dataclasses.dataclass(frozen=True)
class Cell:
    """One person and one category.

    Attributes:
        user_id: The person.
        shelf: The photos of the category.
        shown: What each source shows.
    """

    user_id: str
    shelf: Shelf
    shown: dict[str, Shown]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The four sources side by side.

    Attributes:
        people: How many.
        categories: Names.
        count: Images of a source, for a person and a category.
        means: By source, then by column.
        intervals: 95 % intervals, [low, high], of the columns that are means
            over people.
        kid_std: Of `KID` over subsets, by source.
        differences: `design` less `best real`, by column: `difference`, its
            interval from `low` to `high`, and `p`.
        kept: Which share of the gain in lift the judge sees, of `best real`
            over `random real` and of `design` over `random design`.
        judge: What the judge is, "" if there is none.
        classifier: What `IS` rests on, "" if there is none.
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
    studio: Studio,
    judge: Judge | None,
    users: list[str],
    shelves: list[Shelf],
    *,
    count: int,
    choice: str,
    seed: int,
) -> tuple[Comparison, list[Cell]]:
    """Compares the sources.

    Args:
        studio: What designs are made with.
        judge: The other recommender, None for none.
        users: Ids of people, whom the judge knows too.
        shelves: The photos of each category, of more than `count` each.
        count: Images of each source, for each person and category.
        choice: How designs are chosen; see `choose`.
        seed: Of all that is drawn.

    Returns:
        The table, and the first few cells, to be looked at.
    """
    judged = [judge.shelf(shelf) for shelf in shelves] if judge else shelves
    values: dict[str, list[dict[str, float]]] = {one: [] for one in SOURCES}
    cells = []
    todo = [(user, place) for user in users for place in range(len(shelves))]
    for number, (user, place) in enumerate(tqdm(todo, "people", disable=None)):
        shelf, person = shelves[place], studio.person(studio.user(user))
        cell = Cell(
            user,
            shelf,
            show_all(
                studio,
                shelf,
                person,
                count=count,
                choice=choice,
                seed=seed + number,
            ),
        )
        cells.append(cell)
        for source, shown in cell.shown.items():
            figures = _scores(shelf, person, shown)
            if judge:
                theirs = _scores(judged[place], judge.people[user], shown)
                figures |= {f"{k} (judge)": one for k, one in theirs.items()}
            figures[DIVERSITY] = opposite_ssim(shown.images)
            figures["nearest photo"] = float(shown.nearest.mean())
            values[source].append(figures)
    by_person = {
        source: _of_people(figures, len(users))
        for source, figures in values.items()
    }
    estimates = {one: estimate(by_person[one]) for one in SOURCES}
    means = {one: estimates[one][0] for one in SOURCES}
    classifier = _fit_classifier(shelves, seed)
    kid_std = {}
    for source in SOURCES:
        means[source]["KID"], kid_std[source] = _kid(cells, source, seed)
        if classifier:
            looks = [cell.shown[source].looks for cell in cells]
            means[source]["IS"] = inception_score(
                classifier.probabilities(np.concatenate(looks))
            )
    return Comparison(
        people=len(users),
        categories=[shelf.name for shelf in shelves],
        count=count,
        means=means,
        intervals={one: estimates[one][1] for one in SOURCES},
        kid_std=kid_std,
        differences=differences(by_person[DESIGN], by_person[BEST_REAL]),
        kept=_kept(means) if judge else {},
        judge=judge.name if judge else "",
        classifier=classifier.describe() if classifier else "",
    ), cells[:EXAMPLES]

"""HTML report of an evaluation: one self-contained page with images."""

import dataclasses
from typing import Any

import jinja2

from trainer.data.images import Photos
from trainer.data.thumbnails import Pictures
from trainer.data.thumbnails import jpeg_uri
from trainer.evaluation import format_tables
from trainer.evaluation.eval_set import EvalCatalog
from trainer.evaluation.example_users import choose_people
from trainer.evaluation.nearest_items import nearest
from trainer.evaluation.results import Evaluation
from trainer.evaluation.tsne_map import draw_map
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.ranks import Ranking

PEOPLE = 3
ITEMS, NEIGHBOURS = 8, 10
SIDE = 112


@dataclasses.dataclass(frozen=True)
class ReportInputs:
    """Data for the images of the report.

    Attributes:
        model: Name of our model.
        photos: Catalog images, by item index.
        catalogue: Image embeddings and candidates of the catalog.
        held_out: Test pairs.
        ranking: Ranks and lists of our model for the test pairs.
        k: Length of the lists.
    """

    model: str
    photos: Photos
    catalogue: EvalCatalog
    held_out: HeldOut
    ranking: Ranking
    k: int


def render(evaluation: Evaluation, shown: ReportInputs) -> str:
    """Returns the HTML of the report.

    Args:
        evaluation: Metrics of all models.
        shown: Data for the images.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("trainer.evaluation"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["picture"] = Pictures(shown.photos, SIDE).uri
    vectors, candidates = shown.catalogue.vectors, shown.catalogue.candidates
    return environment.get_template("evaluation.html").render(
        evaluation=evaluation,
        shown=shown,
        lines=format_tables.comparison_lines(evaluation),
        charts=[
            _chart(evaluation, name) for name in ("auc", f"ndcg@{shown.k}")
        ],
        groups=[
            table
            for group in evaluation.num_users
            for table in _tables(evaluation, group)
        ],
        people=choose_people(shown.held_out, shown.ranking, PEOPLE),
        neighbours=nearest(vectors, candidates, NEIGHBOURS, ITEMS),
        style_map=jpeg_uri(draw_map(shown.photos, vectors, candidates)),
    )


def _tables(evaluation: Evaluation, group: str) -> list[dict[str, Any]]:
    """Returns the table of a group and, if it has any, of its list metrics."""
    names = format_tables.metrics_of(evaluation, group)
    of_lists = [
        name for name in names if name.startswith(format_tables.LIST_METRICS)
    ]
    of_ranks = [name for name in names if name not in of_lists]
    found = [_table(evaluation, group, of_ranks)]
    if of_lists:
        found.append({**_table(evaluation, group, of_lists), "title": ""})
    return found


def _table(
    evaluation: Evaluation, group: str, names: list[str]
) -> dict[str, Any]:
    """Returns a table; each cell has a flag for the best of its column."""
    values = {
        model: groups.get(group) for model, groups in evaluation.models.items()
    }
    best = {
        name: max(one[name] for one in values.values() if one) for name in names
    }
    return {
        "title": format_tables.title(evaluation, group),
        "names": names,
        "rows": {
            model: [
                (
                    format_tables.cell(evaluation, model, group, name),
                    one[name] == best[name],
                )
                for name in names
            ]
            for model, one in values.items()
            if one
        },
    }


def _chart(evaluation: Evaluation, name: str) -> dict[str, Any]:
    """Returns a metric and its interval per model, in percent of the axis."""
    means = {
        model: groups["all"][name]
        for model, groups in evaluation.models.items()
    }
    around = {
        model: groups["all"][name]
        for model, groups in evaluation.intervals.items()
    }
    low = min(ends[0] for ends in around.values())
    high = max(ends[1] for ends in around.values())
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return 100 * (value - low) / span

    return {
        "name": name,
        "low": low,
        "high": high,
        "rows": [
            (model, mean, place(mean), *map(place, around[model]))
            for model, mean in means.items()
        ],
    }

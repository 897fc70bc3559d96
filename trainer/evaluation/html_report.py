"""HTML report of an evaluation: one self-contained page with images."""

import dataclasses
import itertools
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from atelier.html.pages import render_page
from trainer.data.catalog_images import CatalogImages
from trainer.data.thumbnails import Pictures
from trainer.data.thumbnails import jpeg_uri
from trainer.evaluation import format_tables
from trainer.evaluation.eval_set import EvalCatalog
from trainer.evaluation.example_users import ExampleUser
from trainer.evaluation.example_users import choose_users
from trainer.evaluation.nearest_items import nearest
from trainer.evaluation.results import Evaluation
from trainer.evaluation.tsne_map import draw_map
from trainer.evaluation.tsne_map import sample_items
from trainer.evaluation.verdict import best_rival
from trainer.evaluation.verdict import outcome
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.ranks import Ranking

USERS = 3
ITEMS, NEIGHBORS = 8, 10
SIDE = 112


@dataclasses.dataclass(frozen=True)
class ReportInputs:
    """Data for the images of the report.

    Attributes:
        model: Name of our model.
        images: Catalog images.
        catalog: Image embeddings and candidates of the catalog.
        held_out: Test pairs.
        ranking: Ranks and lists of our model for the test pairs.
        k: Length of the lists.
    """

    model: str
    images: CatalogImages
    catalog: EvalCatalog
    held_out: HeldOut
    ranking: Ranking
    k: int


def render(evaluation: Evaluation, shown: ReportInputs) -> str:
    """Returns the HTML of the report.

    Args:
        evaluation: Metrics of all models.
        shown: Data for the images.
    """
    vectors, candidates = shown.catalog.vectors, shown.catalog.candidates
    users = choose_users(shown.held_out, shown.ranking, USERS)
    neighbors = nearest(vectors, candidates, NEIGHBORS, ITEMS)
    on_map = sample_items(candidates)
    jpegs = shown.images.read(
        [*on_map, *_of_users(users), *_of_neighbors(neighbors)]
    )
    return render_page(
        "trainer.evaluation",
        "evaluation.html",
        {"photo": Pictures(jpegs.__getitem__, SIDE).uri},
        evaluation=evaluation,
        shown=shown,
        note=format_tables.NOTE,
        tone=_tone(evaluation),
        charts=[
            _chart(evaluation, name) for name in ("auc", f"ndcg@{shown.k}")
        ],
        groups=[_group(evaluation, group) for group in evaluation.num_users],
        users=users,
        neighbors=neighbors,
        style_map=jpeg_uri(draw_map(jpegs.__getitem__, vectors, on_map)),
    )


def _of_users(users: Mapping[str, list[ExampleUser]]) -> Iterator[int]:
    """Yields the items that are shown with the example users."""
    for user in itertools.chain.from_iterable(users.values()):
        yield from user.owned
        yield from (hidden.item for hidden in user.hidden)
        yield from user.listed


def _of_neighbors(
    neighbors: list[tuple[int, list[tuple[int, float]]]],
) -> Iterator[int]:
    """Yields the sampled items and their neighbors."""
    for item, others in neighbors:
        yield item
        yield from (other for other, _ in others)


def _tone(evaluation: Evaluation) -> str:
    """Returns the CSS class of the verdict."""
    rival = best_rival(evaluation.models, evaluation.rivals)
    if rival is None:
        return ""
    return {1: "good", 0: "", -1: "bad"}[outcome(evaluation.rivals[rival]).sign]


def _group(evaluation: Evaluation, group: str) -> dict[str, Any]:
    """Returns a group, with the columns of its tables.

    The metrics of the lists have a table of their own, if there are any.
    """
    names = format_tables.metrics_of(evaluation, group)
    of_lists = [
        name for name in names if name.startswith(format_tables.LIST_METRICS)
    ]
    of_ranks = [name for name in names if name not in of_lists]
    return {
        "name": group,
        "title": format_tables.title(evaluation, group),
        "tables": [of_ranks, of_lists] if of_lists else [of_ranks],
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

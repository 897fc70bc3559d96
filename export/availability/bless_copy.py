"""Validation of a copy of a version with other availability or boosts."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from atelier.schema import paths
from atelier.schema.warmup_requests import WARM_UP
from atelier.schema.warmup_requests import read_warm_up
from export.availability.boost_variables import read_boosts
from export.index.boosts import Boost
from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.publishing.blessing import bless
from export.publishing.blessing import probe_in_subprocess
from export.publishing.golden_request import Answer
from export.publishing.golden_request import Example
from export.publishing.golden_request import Judged
from export.publishing.recommender_golden import best_scores
from export.publishing.version import Version


def bless_copy(
    version_dir: str,
    served: Version,
    in_stock: set[str],
    boosts: Mapping[str, Boost],
) -> None:
    """Checks that a copy differs only in availability and boosts.

    Args:
        version_dir: Folder of the copy.
        served: Served version, which was copied.
        in_stock: Ids of the items in stock in the copy.
        boosts: Boosts in the copy, by item id.

    Raises:
        UserError: If the results differ in anything else.
    """
    result = probe_in_subprocess(served.path)
    before = read_boosts(served.path)
    changed = {
        item_id
        for item_id in before.keys() | boosts.keys()
        if before.get(item_id) != boosts.get(item_id)
    }
    exact = served.metadata.get("index") == "exact"
    copy = _Copy(in_stock, boosts, changed, exact)
    requests = read_warm_up(paths.join(served.path, WARM_UP))
    examples = [
        copy.example(request, answer)
        for request, answer in zip(requests, result.answers, strict=True)
    ]
    bless(version_dir, examples, result.signatures)


@dataclasses.dataclass(frozen=True)
class _Copy:
    """Availability and boosts that determine the lists of a copy.

    Attributes:
        in_stock: Ids of the items in stock.
        boosts: Boosts by item id.
        changed: Ids of the items with another boost than in the original.
        exact: Whether the index is exact: items of the old list that are in
            stock may then be displaced only by items with higher scores.
    """

    in_stock: set[str]
    boosts: Mapping[str, Boost]
    changed: set[str]
    exact: bool

    def example(self, request: Any, answer: Answer) -> Example:
        """Returns a request with its expected result.

        Args:
            request: Warm-up request, a `PredictRequest`.
            answer: Result of the served version.
        """
        signature = request.model_spec.signature_name
        inputs = {
            name: tf.make_ndarray(value)
            for name, value in request.inputs.items()
        }
        if not {"item_ids", "scores"} <= answer.keys():
            return Example(signature, inputs, dict(answer))
        same = {
            name: values
            for name, values in answer.items()
            if values.dtype != object and values.ndim == 1
        }
        # Other signatures exclude items or filter by category, and known users
        # have items, so their lists may be shorter than the stock.
        whole = signature == "serving_default" and not answer["known_user"][0]
        # Only recommendations have reasons and boosts, not searches.
        copy = self
        if "because_item_ids" not in answer:
            copy = dataclasses.replace(self, boosts={}, changed=set())
        return Example(signature, inputs, same, copy.judge(answer, whole))

    def judge(self, before: Answer, whole: bool) -> Callable[[Answer], Judged]:
        """Returns a function that computes the expected scores of a list.

        Args:
            before: Result of the served version.
            whole: Whether the list may hold all items in stock.
        """
        kept = {
            item_id: score
            for item_id, score in _scores(before).items()
            if item_id in self.in_stock - self.changed
        }
        length = before["scores"].shape[1]
        min_items = len(self.in_stock) if whole else 0
        pinned = self._pinned()[:length] if whole else []

        def judge(answer: Answer) -> Judged:
            score_of = {
                item_id: kept.get(item_id, score)
                if item_id in self.in_stock
                else np.nan
                for item_id, score in _scores(answer).items()
            }
            if self.exact:
                score_of = kept | score_of
            score_of = dict.fromkeys(pinned, np.nan) | score_of
            expected = np.full_like(answer["scores"], NO_SCORE)
            expected[0, :min_items] = np.nan
            best = best_scores(score_of, self.boosts)[:length]
            expected[0, : len(best)] = best
            return {"scores": (answer["scores"], expected)}

        return judge

    def _pinned(self) -> list[str]:
        """Returns the pinned items in stock, first ones first."""
        pinned = [
            item_id
            for item_id, boost in self.boosts.items()
            if boost.rank > 0 and item_id in self.in_stock
        ]
        return sorted(pinned, key=lambda item_id: -self.boosts[item_id].rank)


def _scores(answer: Answer) -> dict[str, float]:
    """Returns the scores of a list by item id, without padding."""
    ids = [item_id.decode() for item_id in answer["item_ids"][0]]
    scores = dict(zip(ids, answer["scores"][0].tolist(), strict=True))
    scores.pop(NO_ITEM, None)
    return scores

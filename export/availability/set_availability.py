"""Publishes a copy of the served version with other items in stock.

Nothing is trained or embedded: the weights are copied and the availability
variables are overwritten.
"""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.warmup_requests import WARM_UP
from atelier.schema.warmup_requests import read_warm_up
from export.availability.availability_variables import copy_version
from export.availability.availability_variables import read_availability
from export.availability.read_item_ids import read_item_list
from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.publishing.blessing import bless
from export.publishing.blessing import probe_in_subprocess
from export.publishing.golden_request import Answer
from export.publishing.golden_request import Example
from export.publishing.golden_request import Judged
from export.publishing.publisher import publishing
from export.publishing.version import COPY_OF
from export.publishing.version import STOCK
from export.publishing.version import Version
from export.publishing.version import served_version

_logger = logging.getLogger(__name__)

_NUM_NAMED = 5
"""Maximum number of unknown ids in the log."""


def publish_in_stock(
    model_dir: str,
    items: str,
    column: str = "item_id",
    max_drop: float = 0.5,
    keep: int | None = None,
) -> str:
    """Publishes a version that lists only the items in stock.

    Args:
        model_dir: Folder of all versions of a recommender.
        items: Path of the list of items in stock, `.txt`, `.csv` or `.parquet`.
        column: Name of the id column of a table.
        max_drop: Maximum fraction by which the number of items in stock may
            drop; 1 turns the check off.
        keep: Number of models to keep, each in its newest version; None for
            all versions.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If there is no version, no item of the catalog is in stock,
            the number of items in stock drops too far, or the results of the
            new version differ in more than availability.
    """
    ids = read_item_list(items, column)
    with publishing(model_dir, keep=keep) as publisher:
        served = served_version(model_dir)
        catalog = _item_ids(served)
        in_stock = set(ids) & set(catalog)
        unknown = [item_id for item_id in ids if item_id not in in_stock]
        _check_list(items, served, len(in_stock), unknown, max_drop)
        _log_list(len(catalog), len(in_stock), unknown)
        counts = {"known": len(in_stock), "unknown": len(unknown)}
        available = np.array([item_id in in_stock for item_id in catalog])
        version = publisher.publish(
            lambda path: copy_version(served.path, path, available),
            {
                **served.metadata,
                COPY_OF: served.origin,
                STOCK: {"items": items, **counts},
            },
            check=lambda path: _bless(path, served, in_stock),
        )
    _logger.info(f"version {served.number} is replaced")
    return version


def _item_ids(served: Version) -> list[str]:
    """Returns the ids of the catalog of a version with availability."""
    availability = read_availability(served.path)
    if not availability:
        raise UserError(
            f"{served.path} has no availability variables: it is not a "
            "recommender, an old one, or an incomplete copy; publish one with "
            "`python -m export.task recommender` first"
        )
    return list(availability)


def _check_list(
    items: str, served: Version, known: int, unknown: list[str], max_drop: float
) -> None:
    """Rejects lists without a known item, and lists that seem truncated."""
    if not known:
        raise UserError(
            f"--items {items} holds no id of the catalog of {served.path}, "
            f"only unknown ids such as {unknown[0]!r}, so nothing would be "
            "recommended; check the file and --item_column"
        )
    before = served.metadata.get(STOCK, {"known": 0})["known"]
    if not known >= (1 - max_drop) * before:
        raise UserError(
            f"--items {items} leaves {known} items in stock, of {before} "
            "before, so it may be truncated; check it, or give a larger "
            f"--max_drop than {max_drop}"
        )


def _bless(version_dir: str, served: Version, in_stock: set[str]) -> None:
    """Checks that a copy differs from the served version only in availability.

    Args:
        version_dir: Folder of the copy.
        served: Served version.
        in_stock: Ids of the items in stock in the copy.
    """
    result = probe_in_subprocess(served.path)
    exact = served.metadata.get("index") == "exact"
    requests = read_warm_up(paths.join(served.path, WARM_UP))
    examples = [
        _example(request, answer, in_stock, exact)
        for request, answer in zip(requests, result.answers, strict=True)
    ]
    bless(version_dir, examples, result.signatures)


def _log_list(num_items: int, known: int, unknown: list[str]) -> None:
    _logger.info(f"in stock: {known} of the {num_items} items of the catalog")
    if unknown:
        more = ", ..." if len(unknown) > _NUM_NAMED else ""
        _logger.warning(
            f"ignored: {len(unknown)} ids that are not in the catalog: "
            f"{', '.join(sorted(unknown)[:_NUM_NAMED])}{more}"
        )


def _example(
    request: Any, answer: Answer, in_stock: set[str], exact: bool
) -> Example:
    """Returns a request with its expected result under the new availability.

    Args:
        request: Warm-up request, a `PredictRequest`.
        answer: Result of the served version.
        in_stock: Ids of the items now in stock.
        exact: Whether the index is exact.
    """
    signature = request.model_spec.signature_name
    inputs = {
        name: tf.make_ndarray(value) for name, value in request.inputs.items()
    }
    same = {
        name: values
        for name, values in answer.items()
        if values.dtype != object
    }
    if "item_ids" not in answer:
        return Example(signature, inputs, same)
    same = {name: values for name, values in same.items() if values.ndim == 1}
    # Other signatures exclude items or filter by category, and known users have
    # items, so their lists may be shorter than the stock.
    is_whole = signature == "serving_default" and not answer["known_user"][0]
    min_items = len(in_stock) if is_whole else 0
    judge = _judge(answer, in_stock, min_items, exact)
    return Example(signature, inputs, same, judge)


def _judge(
    before: Answer, in_stock: set[str], min_items: int, exact: bool
) -> Callable[[Answer], Judged]:
    """Returns a function that computes the expected scores of a list.

    Args:
        before: Result of the served version.
        in_stock: Ids of the items now in stock.
        min_items: Minimum number of items in the list, at most its length.
        exact: Whether the index is exact: items of the old list that are in
            stock may then be displaced only by items with higher scores.
    """
    kept = {
        item_id: score
        for item_id, score in _scores(before).items()
        if item_id in in_stock
    }

    def judge(answer: Answer) -> Judged:
        score_of = {
            item_id: kept.get(item_id, score) if item_id in in_stock else np.nan
            for item_id, score in _scores(answer).items()
        }
        if exact:
            score_of = kept | score_of
        expected = np.full_like(answer["scores"], NO_SCORE)
        expected[0, :min_items] = np.nan
        best = np.sort(list(score_of.values()))[::-1][: expected.shape[1]]
        expected[0, : len(best)] = best
        return {"scores": (answer["scores"], expected)}

    return judge


def _scores(answer: Answer) -> dict[str, float]:
    """Returns the scores of a list by item id, without padding."""
    ids = [item_id.decode() for item_id in answer["item_ids"][0]]
    scores = dict(zip(ids, answer["scores"][0].tolist(), strict=True))
    scores.pop(NO_ITEM, None)
    return scores

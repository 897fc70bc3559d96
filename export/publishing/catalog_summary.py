"""Summary of a recommender and its catalog, the file `catalog.json`."""

import collections
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from atelier.schema.catalog_files import FORMAT_VERSION
from atelier.schema.item import Item
from atelier.schema.model_names import name_of
from atelier.schema.signatures import RECOMMENDER
from export.publishing.catalog_files import shortest_price
from export.publishing.catalog_starters import choose_starters
from export.servables.attribute_values import CATEGORY
from export.servables.attribute_values import filters_of
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.checkpoints import best_checkpoint_time
from trainer.training.run import Run

_MAX_VALUES = 50
"""Maximum number of values of an attribute."""
_MAX_USERS = 200
_MIN_USER_ITEMS = 3
"""Minimum number of items of a user in the sample."""
_SHOWN_USER_ITEMS = 6
"""Maximum number of listed items of a user."""


def summarize_catalog(
    run: Run,
    trained: TrainedRecommender,
    items: list[Item],
    metrics: Mapping[str, Any] | None,
    *,
    user_sample: bool = True,
) -> dict[str, Any]:
    """Returns the JSON fields of the summary.

    Args:
        run: Trained run.
        trained: Weights and embeddings of the run.
        items: Items without images, in item index order.
        metrics: Metrics of the run; None if it is not evaluated.
        user_sample: Whether to name a sample of the users with their items.
    """
    categories = [item.category for item in items]
    item_ids = trained.interactions.item_ids
    starters = choose_starters(categories, trained.visual_vectors)
    prices = [item.price for item in items if item.price is not None]
    return {
        "format_version": FORMAT_VERSION,
        "model": RECOMMENDER,
        "num_items": len(items),
        "image_size": run.image_size,
        "categories": _counted(
            "name", collections.Counter(filter(None, categories))
        ),
        "attributes": _attributes(items),
        "price": {
            "min": shortest_price(min(prices)),
            "max": shortest_price(max(prices)),
        }
        if prices
        else None,
        "text_search": trained.text_search is not None,
        "users": _sample_users(trained) if user_sample else [],
        "starters": [item_ids[item] for item in starters],
        "metrics": _summarize_metrics(metrics) if metrics else None,
        "trained": best_checkpoint_time(run.run_dir).isoformat(),
    }


def _counted(key: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Returns values with their counts, the most frequent ones first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{key: value, "count": count} for value, count in ordered]


def _attributes(items: list[Item]) -> list[dict[str, Any]]:
    """Returns the attributes that lists can be filtered by.

    The attribute that most items have is first.
    """
    counts: dict[str, collections.Counter[str]] = {}
    for item in items:
        for text in filters_of(item):
            name, _, value = text.partition("=")
            counts.setdefault(name, collections.Counter())[value] += 1
    counts.pop(CATEGORY, None)
    ordered = sorted(
        counts.items(), key=lambda pair: (-pair[1].total(), pair[0])
    )
    return [
        {"name": name, "values": _counted("value", values)[:_MAX_VALUES]}
        for name, values in ordered
    ]


def _sample_users(trained: TrainedRecommender) -> list[dict[str, Any]]:
    """Returns a sample of users with enough owned items, in index order."""
    user_ids, _, _ = trained.all_users()
    owned = trained.all_owned_items()
    lengths = owned.row_lengths().numpy()
    eligible = np.flatnonzero(lengths >= _MIN_USER_ITEMS)
    sample = np.random.default_rng(0).permutation(eligible)[:_MAX_USERS]
    item_ids = trained.interactions.item_ids
    return [
        {
            "user_id": user_ids[user],
            "num_items": int(lengths[user]),
            "item_ids": [
                item_ids[item]
                for item in owned[user].numpy()[:_SHOWN_USER_ITEMS]
            ],
        }
        for user in np.sort(sample)
    ]


def _summarize_metrics(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the means of each model on all test items, and the verdict."""
    return {
        "models": {
            model: {
                "name": name_of(model),
                "all": {
                    name: value
                    for name, value in groups["all"].items()
                    if math.isfinite(value)
                },
            }
            for model, groups in metrics["models"].items()
            if "all" in groups
        },
        "verdict": metrics.get("verdict", ""),
        "protocol": metrics.get("protocol", ""),
    }

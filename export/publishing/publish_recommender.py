"""Publishes a trained recommender as a new version."""

import dataclasses
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from atelier.io import json_files
from atelier.schema import run_artifacts
from atelier.schema.item import Item
from atelier.schema.manifest import Manifest
from export.availability.availability_variables import inherit_availability
from export.publishing.blessing import check_auc
from export.publishing.publish_servable import describe_run
from export.publishing.publish_servable import publish_servable
from export.publishing.publisher import publishing
from export.publishing.recommender_golden import recommender_examples
from export.publishing.version import TOP_K
from export.publishing.version import check_model_dir
from export.publishing.version import newest_version
from export.servables.recommender import RecommenderServable
from trainer.data.items import read_items
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import TrainedRecommender
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

MODEL = "recommender"
_logger = logging.getLogger(__name__)


def export_recommender(
    run_dir: str,
    model_dir: str,
    top_k: int = TOP_K,
    min_auc: float = 0.0,
    max_drop: float = 1.0,
    min_recall: float | None = None,
    keep: int | None = None,
    data_dirs: Sequence[str] = (),
    *,
    batched: bool = False,
) -> str:
    """Publishes a trained run.

    Args:
        run_dir: Folder of the run.
        model_dir: Folder of all versions.
        top_k: Length of every list.
        min_auc: Minimum AUC on all test items; 0 turns the check off.
        max_drop: Maximum decrease of the AUC against the served version; 1
            turns the check off.
        min_recall: Minimum recall of the IVF indices against exact search; None
            for exact search.
        keep: Number of models to keep, each in its newest version; None for
            all versions.
        data_dirs: Folders of data sets, one of which the run was trained on;
            for `Run.load`.
        batched: Whether TF Serving batches concurrent calls.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If the run is not trained, its data set is missing, or the
            version does not pass its checks.
    """
    check_model_dir(model_dir, MODEL)
    run = Run.load(run_dir, RecommenderConfig, data_dirs)
    served = newest_version(model_dir)
    before = served.metadata if served else None
    check_auc(_metrics(run_dir), before, min_auc, max_drop)
    trained = load_recommender(run)
    return publish_recommender(
        run,
        trained,
        run.data_dir,
        model_dir,
        top_k,
        min_recall,
        keep,
        batched=batched,
    )


def publish_recommender(
    run: Run,
    trained: TrainedRecommender,
    data_dir: str,
    model_dir: str,
    top_k: int,
    min_recall: float | None,
    keep: int | None,
    *,
    batched: bool = False,
) -> str:
    """Publishes a run with the items of a catalog.

    Args:
        run: Trained run.
        trained: Weights and embeddings of the run, for the items of the
            catalog.
        data_dir: Data set of the catalog.
        model_dir: Folder of all versions.
        top_k: Length of every list.
        min_recall: Minimum recall of the IVF indices against exact search; None
            for exact search.
        keep: Number of models to keep, each in its newest version; None for
            all versions.
        batched: Whether TF Serving batches concurrent calls.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If the version does not pass its checks.
    """
    categories = read_items(data_dir, _category)
    module = RecommenderServable(run, trained, categories, top_k, min_recall)
    _log_recall(module, len(categories))
    top_k = min(top_k, len(categories))
    metadata = {
        "top_k": top_k,
        "min_recall": min_recall,
        "batched": batched,
        **_describe(run, data_dir, module),
    }
    with publishing(model_dir, MODEL, keep) as publisher:
        stock = dict.fromkeys(trained.interactions.item_ids, True)
        if served := newest_version(model_dir):
            stock, told = inherit_availability(served, stock)
            metadata.update(told)
        there = np.array(list(stock.values()))
        examples = recommender_examples(
            trained, categories, there, top_k, exact=min_recall is None
        )
        return publish_servable(
            publisher,
            MODEL,
            module,
            examples,
            metadata,
            batched=batched,
            in_stock=there,
        )


def _log_recall(module: RecommenderServable, num_items: int) -> None:
    for signature, found in module.measured.items():
        whole = found.rows == num_items
        _logger.info(
            f"{signature}: reading {found.rows} items of {found.partitions} "
            f"partitions finds {found.recall:.3f} of the exact top "
            f"{found.k}, measured on {found.queries} queries"
            f"{'; exact search is faster and is used' if whole else ''}"
        )


def _describe(
    run: Run, data_dir: str, module: RecommenderServable
) -> dict[str, Any]:
    """Returns metadata on the origin of a version."""
    manifest = Manifest.read(data_dir)
    return {
        "index": {
            signature: dataclasses.asdict(found)
            for signature, found in module.measured.items()
        }
        or "exact",
        "run": describe_run(run),
        # Measured on the data of the run, whatever the catalog.
        "metrics": _metrics(run.run_dir),
        "catalog": {
            "data_dir": data_dir,
            "content_hash": manifest.content_hash,
            "items": manifest.counts["items"],
        },
    }


def _category(item: Item) -> str:
    return item.category


def _metrics(run_dir: str) -> Any:
    """Returns the metrics of `trainer.task evaluate`, None if not evaluated."""
    if not json_files.exists(run_dir, run_artifacts.METRICS):
        return None
    return json_files.read_json(run_dir, run_artifacts.METRICS)

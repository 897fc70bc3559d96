"""Publishes a trained recommender as a new version."""

import dataclasses
import logging
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from atelier.schema.manifest import Manifest
from export.availability.availability_variables import inherit_availability
from export.availability.boost_variables import inherit_boosts
from export.index.boosts import Boost
from export.publishing.catalog_files import write_catalog
from export.publishing.catalog_summary import summarize_catalog
from export.publishing.publish_servable import describe_run
from export.publishing.publish_servable import publish_servable
from export.publishing.publisher import publishing
from export.publishing.quality_gate import check_quality
from export.publishing.quality_gate import read_metrics
from export.publishing.recommender_golden import recommender_examples
from export.publishing.recommender_options import RecommenderOptions
from export.publishing.version import check_model_dir
from export.publishing.version import newest_version
from export.servables.product_data import without_image
from export.servables.recommender import RecommenderServable
from trainer.data.items import iterate_items
from trainer.data.items import read_items
from trainer.evaluation.verdict import RIVALS
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import TrainedRecommender
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

MODEL = "recommender"
_logger = logging.getLogger(__name__)
_DEFAULTS = RecommenderOptions()


def export_recommender(
    run_dir: str,
    model_dir: str,
    options: RecommenderOptions = _DEFAULTS,
    *,
    better_than: str = RIVALS[0],
    min_auc: float = 0.0,
    max_drop: float = 1.0,
    data_dirs: Sequence[str] = (),
) -> str:
    """Publishes a trained run.

    Args:
        run_dir: Folder of the run.
        model_dir: Folder of all versions.
        options: Options of the version.
        better_than: Baseline that the model must not be significantly worse
            than, one of `verdict.RIVALS`; "none" turns the check off. A run
            that is not evaluated is evaluated first.
        min_auc: Minimum AUC on all test items; 0 turns the check off.
        max_drop: Maximum decrease of the AUC against the served version; 1
            turns the check off.
        data_dirs: Folders of data sets, one of which the run was trained on;
            for `Run.load`.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If the run is not trained, its data set is missing, or the
            version does not pass its checks.
    """
    check_model_dir(model_dir, MODEL)
    run = Run.load(run_dir, RecommenderConfig, data_dirs)
    check_quality(
        run,
        model_dir,
        better_than=better_than,
        min_auc=min_auc,
        max_drop=max_drop,
    )
    trained = load_recommender(run)
    return publish_recommender(run, trained, run.data_dir, model_dir, options)


def publish_recommender(
    run: Run,
    trained: TrainedRecommender,
    data_dir: str,
    model_dir: str,
    options: RecommenderOptions,
) -> str:
    """Publishes a run with the items of a catalog.

    Args:
        run: Trained run.
        trained: Weights and embeddings of the run, for the items of the
            catalog.
        data_dir: Data set of the catalog.
        model_dir: Folder of all versions.
        options: Options of the version.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If the version does not pass its checks.
    """
    catalog = read_items(data_dir, without_image)
    servable = RecommenderServable(
        run, trained, catalog, options.top_k, options.min_recall
    )
    _log_recall(servable, len(catalog))
    top_k = min(options.top_k, len(catalog))
    metadata = {"top_k": top_k, **_describe(run, data_dir, servable, options)}
    exact = options.min_recall is None
    summary = summarize_catalog(
        run,
        trained,
        catalog,
        metadata["metrics"],
        user_sample=options.user_sample,
    )
    thumbnail_size = run.image_size if options.thumbnails else None
    with publishing(model_dir, MODEL, options.keep) as publisher:
        in_stock, boosts, entries = _inherit(
            model_dir, trained.interactions.item_ids
        )
        examples = recommender_examples(
            trained, catalog, in_stock, top_k, exact, boosts
        )
        del catalog  # The rest reads it from the disk, item by item.
        return publish_servable(
            publisher,
            MODEL,
            servable,
            examples,
            metadata | entries,
            lambda path: write_catalog(
                path, summary, iterate_items(data_dir), thumbnail_size
            ),
            batched=options.batched,
            in_stock=in_stock,
            boosts=boosts,
        )


def _inherit(
    model_dir: str, item_ids: list[str]
) -> tuple[np.ndarray, Mapping[str, Boost], dict[str, Any]]:
    """Returns what a new version takes over from the served one.

    Args:
        model_dir: Folder of all versions.
        item_ids: Ids of the items of the new version.

    Returns:
        Availability of each item, bool [items], boosts by item id, and the
        metadata entries of both.
    """
    stock = dict.fromkeys(item_ids, True)
    served = newest_version(model_dir)
    if served is None:
        return np.ones(len(stock), bool), {}, {}
    stock, entry = inherit_availability(served, stock)
    boosts, more = inherit_boosts(served, stock.keys())
    return np.array(list(stock.values())), boosts or {}, entry | more


def _log_recall(servable: RecommenderServable, num_items: int) -> None:
    for signature, stats in servable.measured.items():
        whole = stats.rows == num_items
        _logger.info(
            f"{signature}: reading {stats.rows} items of {stats.partitions} "
            f"partitions finds {stats.recall:.3f} of the exact top "
            f"{stats.k}, measured on {stats.queries} queries"
            f"{'; exact search is faster and is used' if whole else ''}"
        )


def _describe(
    run: Run,
    data_dir: str,
    servable: RecommenderServable,
    options: RecommenderOptions,
) -> dict[str, Any]:
    """Returns metadata on the origin of a version."""
    manifest = Manifest.read(data_dir)
    return {
        "min_recall": options.min_recall,
        "batched": options.batched,
        "thumbnails": options.thumbnails,
        "user_sample": options.user_sample,
        "index": {
            signature: dataclasses.asdict(stats)
            for signature, stats in servable.measured.items()
        }
        or "exact",
        "run": describe_run(run),
        # Measured on the data of the run, whatever the catalog.
        "metrics": read_metrics(run.run_dir),
        "catalog": {
            "data_dir": data_dir,
            "content_hash": manifest.content_hash,
            "items": manifest.counts["items"],
        },
    }

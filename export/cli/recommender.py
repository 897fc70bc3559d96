"""The `recommender` subcommand, which publishes a trained recommender."""

import argparse
import dataclasses
from typing import Any

import numpy as np

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import run_artifacts
from atelier.schema.item import Item
from atelier.schema.manifest import Manifest
from export.availability.availability_variables import inherit_availability
from export.index.ivf_build import MIN_RECALL
from export.publishing.blessing import check_auc
from export.publishing.publish_servable import describe_run
from export.publishing.publish_servable import publish_servable
from export.publishing.publisher import add_publish_arguments
from export.publishing.publisher import check_model_dir
from export.publishing.publisher import publishing
from export.publishing.recommender_golden import recommender_examples
from export.publishing.version import newest_version
from export.servables.recommender import RecommenderServable
from trainer.data.items import read_items
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import TrainedRecommender
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

MODEL = "recommender"
TOP_K = 50


def add_recommender(commands: Any) -> None:
    """Adds the `recommender` subcommand to `export.task`.

    Args:
        commands: Result of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        MODEL,
        help="publish a trained recommender as a new version",
        description="Publishes a trained two-tower recommender as a new "
        "version. Items of the version\nbefore stay in or out of stock as they "
        "were; new items are in stock.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_recommender_arguments(parser, str(TOP_K), "exact")
    parser.add_argument(
        "--min_auc",
        type=float,
        default=0.0,
        help="reject a model whose AUC on the test items is lower "
        "(default: 0, no check)",
    )
    parser.add_argument(
        "--max_drop",
        type=float,
        default=1.0,
        help="reject a model whose AUC is lower than that of the version now "
        "published by more than this (default: 1, no check)",
    )
    parser.set_defaults(
        run=lambda args: export_recommender(
            args.run_dir,
            args.model_dir,
            TOP_K if args.top_k is None else args.top_k,
            args.min_auc,
            args.max_drop,
            min_recall_of(args),
            args.keep,
        )
    )


def export_recommender(
    run_dir: str,
    model_dir: str,
    top_k: int = TOP_K,
    min_auc: float = 0.0,
    max_drop: float = 1.0,
    min_recall: float | None = None,
    keep: int | None = None,
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

    Returns:
        Folder of the new version.

    Raises:
        UserError: If the run is not trained, its data set is missing, or the
            version does not pass its checks.
    """
    check_top_k(top_k)
    check_model_dir(model_dir, MODEL)
    run = Run.load(run_dir, RecommenderConfig)
    served = newest_version(model_dir)
    before = served.metadata if served else None
    check_auc(_metrics(run_dir), before, min_auc, max_drop)
    trained = load_recommender(run)
    return publish_recommender(
        run, trained, run.data_dir, model_dir, top_k, min_recall, keep
    )


def publish_recommender(
    run: Run,
    trained: TrainedRecommender,
    data_dir: str,
    model_dir: str,
    top_k: int,
    min_recall: float | None,
    keep: int | None,
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

    Returns:
        Folder of the new version.

    Raises:
        UserError: If the version does not pass its checks.
    """
    categories = read_items(data_dir, _category)
    module = RecommenderServable(run, trained, categories, top_k, min_recall)
    for signature, found in module.measured.items():
        whole = found.rows == len(categories)
        print(
            f"{signature}: reading {found.rows} items of {found.partitions} "
            f"partitions finds {found.recall:.3f} of the exact top "
            f"{found.k}, measured on {found.queries} queries"
            f"{'; exact search is faster and is used' if whole else ''}"
        )
    top_k = min(top_k, len(categories))
    metadata = {
        "top_k": top_k,
        "min_recall": min_recall,
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
            batched=True,
            in_stock=there,
        )


def add_recommender_arguments(
    parser: argparse.ArgumentParser, top_k: str, index: str
) -> None:
    """Adds the flags of the commands that publish a recommender.

    Args:
        parser: Parser of the command.
        top_k: Help text for the default of `--top_k`.
        index: Help text for the default of `--index`.
    """
    parser.add_argument(
        "--run_dir", required=True, help="folder of a trained recommender"
    )
    add_publish_arguments(parser)
    parser.add_argument(
        "--top_k",
        type=int,
        help=f"number of items per list (default: {top_k})",
    )
    parser.add_argument(
        "--index",
        choices=["exact", "ivf"],
        help="exact: score all items for each request; ivf: score only "
        "the most promising part of a large catalog, which is faster "
        f"(default: {index})",
    )
    parser.add_argument(
        "--min_recall",
        type=float,
        help="fraction of the exact lists that an IVF index must find, "
        f"0 to 1; lower is faster (default: {MIN_RECALL}; for refresh-items, "
        "that of the served version if it has such an index)",
    )


def min_recall_of(
    args: argparse.Namespace, default: float | None = None
) -> float | None:
    """Returns the minimum recall that the flags request, None if exact.

    Args:
        args: Parsed flags.
        default: Minimum recall if the flags are not given, None for exact.

    Raises:
        UserError: If `--min_recall` is out of range or the index is exact.
    """
    asked: float | None = args.min_recall
    exact = default is None if args.index is None else args.index == "exact"
    if exact:
        if asked is not None:
            raise UserError("--min_recall requires --index ivf")
        return None
    if asked is None:
        return MIN_RECALL if default is None else default
    if not 0 <= asked <= 1:
        raise UserError(f"--min_recall must be from 0 to 1, got {asked}")
    return asked


def check_top_k(top_k: int) -> None:
    """Checks the length of lists.

    Args:
        top_k: Length of every list.

    Raises:
        UserError: If the length is not positive.
    """
    if top_k < 1:
        raise UserError(f"--top_k must be positive, got {top_k}")


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

"""The command that publishes the `recommender`."""

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
    """Adds the command to those of `export.task`.

    Args:
        commands: What `ArgumentParser.add_subparsers` returned.
    """
    parser = commands.add_parser(
        MODEL,
        help="publish the two towers as a new version",
        description="Publishes the two towers as a new version. Of the items "
        "of the one before, those\nthat were in stock are; new ones are, too.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_recommender_arguments(parser, str(TOP_K), "exact")
    parser.add_argument(
        "--min_auc",
        type=float,
        default=0.0,
        help="refuse a model whose AUC on the test items is less",
    )
    parser.add_argument(
        "--max_drop",
        type=float,
        default=1.0,
        help="refuse a model whose AUC is so much below that of the version "
        "now published",
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
    top_k: int,
    min_auc: float = 0.0,
    max_drop: float = 1.0,
    min_recall: float | None = None,
    keep: int | None = None,
) -> str:
    """Publishes a trained run.

    Args:
        run_dir: The run.
        model_dir: Folder of all versions.
        top_k: Length of every list.
        min_auc: As `check_auc` takes it.
        max_drop: As `check_auc` takes it.
        min_recall: As `RecommenderServable` takes it.
        keep: As `publishing` takes it.

    Returns:
        The folder of the new version.

    Raises:
        UserError: If the run is not trained, its data set is gone, or the
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
    """Publishes a run, loaded with some catalogue.

    Args:
        run: The run.
        trained: The same, loaded.
        data_dir: The data set of the catalogue.
        model_dir: Folder of all versions.
        top_k: Length of every list.
        min_recall: As `RecommenderServable` takes it.
        keep: As `publishing` takes it.

    Returns:
        The folder of the new version.

    Raises:
        UserError: If the version does not pass its checks.
    """
    categories = read_items(data_dir, _category)
    module = RecommenderServable(run, trained, categories, top_k, min_recall)
    for signature, found in module.measured.items():
        whole = found.rows == len(categories)
        print(
            f"{signature}: {found.rows} items of {found.partitions} partitions "
            f"hold {found.recall:.3f} of the exact lists of {found.k}, "
            f"measured on {found.queries}"
            f"{'; all is faster: the index is exact' if whole else ''}"
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
    """Adds the flags of what publishes two towers.

    Args:
        parser: Of the command.
        top_k: Words for the default of `--top_k`.
        index: Words for the default of `--index`.
    """
    parser.add_argument("--run_dir", required=True, help="a trained run")
    add_publish_arguments(parser)
    parser.add_argument(
        "--top_k", type=int, help=f"length of lists (default: {top_k})"
    )
    parser.add_argument(
        "--index",
        choices=["exact", "partitioned"],
        help="look through the whole catalogue, or through what is most "
        f"promising of a large one (default: {index})",
    )
    parser.add_argument(
        "--min_recall",
        type=float,
        help="the share of the exact lists that a partitioned index finds, in "
        f"as little time as it takes (default: {MIN_RECALL})",
    )


def min_recall_of(
    args: argparse.Namespace, default: float | None = None
) -> float | None:
    """Returns what the flags ask of an index, None if it is to be exact.

    Args:
        args: The flags.
        default: What holds where they say nothing.

    Raises:
        UserError: If it is out of its range, or goes with another index.
    """
    asked: float | None = args.min_recall
    exact = default is None if args.index is None else args.index == "exact"
    if exact:
        if asked is not None:
            raise UserError("--min_recall goes with --index partitioned")
        return None
    if asked is None:
        return MIN_RECALL if default is None else default
    if not 0 <= asked <= 1:
        raise UserError(f"--min_recall must be from 0 to 1, got {asked}")
    return asked


def check_top_k(top_k: int) -> None:
    """Checks the length of lists.

    Raises:
        UserError: If it is not positive.
    """
    if top_k < 1:
        raise UserError(f"--top_k must be positive, got {top_k}")


def _describe(
    run: Run, data_dir: str, module: RecommenderServable
) -> dict[str, Any]:
    """Returns what made a version, for its metadata."""
    manifest = Manifest.read(data_dir)
    return {
        "index": {
            signature: dataclasses.asdict(found)
            for signature, found in module.measured.items()
        }
        or "exact",
        "run": describe_run(run),
        # Of the run on its own data, whatever the catalogue.
        "metrics": _metrics(run.run_dir),
        "catalogue": {
            "data_dir": data_dir,
            "content_hash": manifest.content_hash,
            "items": manifest.counts["items"],
        },
    }


def _category(item: Item) -> str:
    return item.category


def _metrics(run_dir: str) -> Any:
    """Returns what `trainer.task evaluate` wrote, None if it was not run."""
    if not json_files.exists(run_dir, run_artifacts.METRICS):
        return None
    return json_files.read_json(run_dir, run_artifacts.METRICS)

"""The commands that publish the `recommender`."""

import argparse
import dataclasses
from typing import Any

from export.blessing import check_auc
from export.partitioned_fit import MIN_RECALL
from export.publish import newest_metadata
from export.recommender import Recommender
from export.servable import publish_servable
from records import results
from records.errors import UserError
from records.item import Item
from trainer.dataset.items import read_items
from trainer.new_catalogue import load_with_catalogue
from trainer.run import Run
from trainer.trained import Trained
from trainer.trained import load_trained

MODEL = "recommender"


def add_recommender(commands: Any) -> None:
    """Adds the command to those of `export.task`.

    Args:
        commands: What `ArgumentParser.add_subparsers` returned.
    """
    parser = commands.add_parser(
        MODEL,
        help="publish the two towers as a new version",
        description="Publishes the two towers as a new version.",
    )
    _add_arguments(parser)
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
            args.top_k,
            args.min_auc,
            args.max_drop,
            _min_recall(args),
        )
    )


def add_refresh_catalogue(commands: Any) -> None:
    """Adds the command to those of `export.task`; see `add_recommender`."""
    parser = commands.add_parser(
        "refresh-catalogue",
        help="publish the two towers with other items, without training",
        description="Publishes the two towers with the items of another data "
        "set, without\ntraining: new ones are ranked by their photos, those "
        "that are gone are not\nrecommended any more, and people keep their "
        "taste.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_arguments(parser)
    parser.add_argument(
        "--data_dir", required=True, help="prepared data with the new items"
    )
    parser.set_defaults(
        run=lambda args: refresh_catalogue(
            args.run_dir,
            args.data_dir,
            args.model_dir,
            args.top_k,
            _min_recall(args),
        )
    )


def export_recommender(
    run_dir: str,
    model_dir: str,
    top_k: int,
    min_auc: float = 0.0,
    max_drop: float = 1.0,
    min_recall: float | None = None,
) -> str:
    """Publishes a trained run.

    Args:
        run_dir: The run.
        model_dir: Folder of all versions.
        top_k: Length of every list.
        min_auc: As `check_auc` takes it.
        max_drop: As `check_auc` takes it.
        min_recall: As `Recommender` takes it.

    Returns:
        The folder of the new version.

    Raises:
        UserError: If the run is not trained, its data set is gone, or the
            version does not pass its checks.
    """
    _check_top_k(top_k)
    run = Run.load(run_dir)
    before = newest_metadata(model_dir)
    check_auc(
        _metrics(run_dir), before and before["metrics"], min_auc, max_drop
    )
    trained = load_trained(run)
    return _publish(run, trained, model_dir, top_k, run.data_dir, min_recall)


def refresh_catalogue(
    run_dir: str,
    data_dir: str,
    model_dir: str,
    top_k: int,
    min_recall: float | None = None,
) -> str:
    """Publishes a trained run with the items of another data set.

    Args:
        run_dir: The run.
        data_dir: The other data set.
        model_dir: Folder of all versions.
        top_k: Length of every list.
        min_recall: As `Recommender` takes it.

    Returns:
        The folder of the new version.

    Raises:
        UserError: As `load_with_catalogue` does, or if the version does not
            pass its checks.
    """
    _check_top_k(top_k)
    run = Run.load(run_dir)
    trained = load_with_catalogue(run, data_dir)
    return _publish(run, trained, model_dir, top_k, data_dir, min_recall)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run_dir", required=True, help="a trained run")
    parser.add_argument(
        "--model_dir", required=True, help="folder of all versions"
    )
    parser.add_argument(
        "--top_k", type=int, default=50, help="length of lists (default: 50)"
    )
    parser.add_argument(
        "--index",
        choices=["exact", "partitioned"],
        default="exact",
        help="look through the whole catalogue, or through what is most "
        "promising of a large one (default: exact)",
    )
    parser.add_argument(
        "--min_recall",
        type=float,
        help="the share of the exact lists that a partitioned index finds, in "
        f"as little time as it takes (default: {MIN_RECALL})",
    )


def _check_top_k(top_k: int) -> None:
    if top_k < 1:
        raise UserError(f"--top_k must be positive, got {top_k}")


def _min_recall(args: argparse.Namespace) -> float | None:
    """Returns what is asked of an index, None if it is to be exact."""
    asked: float | None = args.min_recall
    if args.index == "exact":
        if asked is not None:
            raise UserError("--min_recall goes with --index partitioned")
        return None
    if asked is None:
        return MIN_RECALL
    if not 0 <= asked <= 1:
        raise UserError(f"--min_recall must be from 0 to 1, got {asked}")
    return asked


def _publish(
    run: Run,
    trained: Trained,
    model_dir: str,
    top_k: int,
    data_dir: str,
    min_recall: float | None,
) -> str:
    categories = read_items(data_dir, _category)
    module = Recommender(run, trained, categories, top_k, min_recall)
    for signature, found in module.measured.items():
        print(
            f"{signature}: {found.rows} items of {found.partitions} partitions "
            f"hold {found.recall:.3f} of the exact lists of {found.k}, "
            f"measured on {found.queries}"
        )
    metadata = {
        "top_k": top_k,
        "index": {
            signature: dataclasses.asdict(found)
            for signature, found in module.measured.items()
        }
        or "exact",
        "run": dataclasses.asdict(run),
        "metrics": _metrics(run.run_dir),
        "catalogue": data_dir,
    }
    return publish_servable(
        MODEL, module, module.examples(), model_dir, metadata, batched=True
    )


def _category(item: Item) -> str:
    return item.category


def _metrics(run_dir: str) -> Any:
    """Returns what `trainer.task evaluate` wrote, None if it was not run."""
    if not results.exists(run_dir, results.METRICS):
        return None
    return results.read_json(run_dir, results.METRICS)

"""The `refresh-items` subcommand: a trained recommender with other items."""

import argparse
from typing import Any

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.vocabulary import read_vocabulary
from export.availability.availability_variables import read_availability
from export.cli.recommender import MODEL
from export.cli.recommender import TOP_K
from export.cli.recommender import add_recommender_arguments
from export.cli.recommender import check_top_k
from export.cli.recommender import min_recall_of
from export.cli.recommender import publish_recommender
from export.publishing.publish_servable import describe_run
from export.publishing.publisher import check_model_dir
from export.publishing.version import Version
from export.publishing.version import newest_version
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.refresh_items import load_with_catalogue
from trainer.training.run import Run

_PLACES = ("run_dir", "data_dir")
"""Fields of a run that may differ, because it may have been moved."""


def add_refresh_catalogue(commands: Any) -> None:
    """Adds the `refresh-items` subcommand to `export.task`.

    Args:
        commands: Result of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        "refresh-items",
        help="publish a recommender with other items, without training",
        description="Publishes the recommender that is served with the items "
        "of another data set,\nwithout training. New items are in stock and "
        "ranked by their images. Removed\nitems are no longer recommended. "
        "The preferences learned for users do not change.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_recommender_arguments(parser, *["that of the served version"] * 3)
    parser.add_argument(
        "--data_dir", required=True, help="prepared data with the new items"
    )
    parser.add_argument(
        "--other_run",
        action="store_true",
        help="publish a run even if it is not the one that is served",
    )
    parser.set_defaults(run=_run)


def refresh_catalogue(
    run_dir: str,
    data_dir: str,
    model_dir: str,
    top_k: int,
    min_recall: float | None = None,
    *,
    other_run: bool = False,
    keep: int | None = None,
    batched: bool = False,
) -> str:
    """Publishes a trained run with the items of another data set.

    Args:
        run_dir: Folder of the run.
        data_dir: Folder of the other data set.
        model_dir: Folder of all versions.
        top_k: Length of every list.
        min_recall: Minimum recall of the IVF indices against exact search; None
            for exact search.
        other_run: Whether the run may differ from the one that is served.
        keep: Number of models to keep, each in its newest version; None for
            all versions.
        batched: Whether TF Serving batches concurrent calls.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If the run is not trained, its data set is missing, the
            images of the other data set are not prepared alike, the run is not
            the one that is served, no previous item is left, or the version
            does not pass its checks.
    """
    check_top_k(top_k)
    check_model_dir(model_dir, MODEL)
    run = Run.load(run_dir, RecommenderConfig)
    served = newest_version(model_dir)
    if served and not other_run:
        _check_run(run, served)
    trained = load_with_catalogue(run, data_dir)
    _compare_items(run, trained.interactions.item_ids, served)
    return publish_recommender(
        run,
        trained,
        data_dir,
        model_dir,
        top_k,
        min_recall,
        keep,
        batched=batched,
    )


def _run(args: argparse.Namespace) -> None:
    served = newest_version(args.model_dir)
    before = served.metadata if served else {}
    refresh_catalogue(
        args.run_dir,
        args.data_dir,
        args.model_dir,
        before.get("top_k", TOP_K) if args.top_k is None else args.top_k,
        min_recall_of(args, before.get("min_recall")),
        other_run=args.other_run,
        keep=args.keep,
        batched=before.get("batched", False)
        if args.batching is None
        else args.batching,
    )


def _check_run(run: Run, served: Version) -> None:
    before = served.metadata.get("run", {})
    now = describe_run(run)
    for name in now.keys() - _PLACES:
        if before.get(name) != now[name]:
            raise UserError(
                f"{served.path} was published from another run than "
                f"{run.run_dir}: its {name} differs; publish that run with "
                "`export.task recommender`, or give --other_run"
            )


def _compare_items(
    run: Run, item_ids: list[str], served: Version | None
) -> None:
    """Prints the change of the catalog; rejects one with only new items."""
    before = set(read_availability(served.path)) if served else set()
    if not before:
        path = paths.vocabulary(run.data_dir, "items")
        before = set(read_vocabulary(path))
    kept = len(before & set(item_ids))
    if not kept:
        raise UserError(
            f"--data_dir holds none of the {len(before)} previous items, only "
            f"new ones such as {item_ids[0]!r}; check the path"
        )
    print(
        f"catalog: {kept} items kept, {len(item_ids) - kept} new, "
        f"{len(before) - kept} removed"
    )

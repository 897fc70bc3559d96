"""The `recommender` subcommand, which publishes a trained recommender."""

import argparse
from typing import Any

from export.cli.publish_flags import add_recommender_arguments
from export.cli.publish_flags import print_published
from export.cli.publish_flags import recommender_options
from export.publishing.recommender_options import RecommenderOptions
from export.publishing.version import check_model_dir
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


def add_recommender(commands: Any) -> None:
    """Adds the `recommender` subcommand to `export.task`.

    Args:
        commands: Result of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        "recommender",
        help="publish a trained recommender as a new version",
        description="Publishes a trained two-tower recommender as a new "
        "version. Items of the version\nbefore stay in or out of stock as they "
        "were; new items are in stock.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_recommender_arguments(
        parser, str(RecommenderOptions.top_k), "exact", "no batching"
    )
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
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    options = recommender_options(args, before={})
    check_model_dir(args.model_dir, "recommender")
    Run.load(args.run_dir, RecommenderConfig, args.data_dirs).check_data()
    # Imported when all flags are checked, because it takes seconds.
    from export.publishing.publish_recommender import MODEL
    from export.publishing.publish_recommender import export_recommender

    version = export_recommender(
        args.run_dir,
        args.model_dir,
        options,
        min_auc=args.min_auc,
        max_drop=args.max_drop,
        data_dirs=args.data_dirs,
    )
    print_published(version, MODEL)

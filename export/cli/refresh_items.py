"""The `refresh-items` subcommand: a trained recommender with other items."""

import argparse
from typing import Any

from atelier.schema.manifest import Manifest
from export.cli.publish_flags import add_recommender_arguments
from export.cli.publish_flags import print_published
from export.cli.publish_flags import recommender_options
from export.publishing.version import check_model_dir
from export.publishing.version import newest_version
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


def add_refresh_items(commands: Any) -> None:
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
    served = "that of the served version"
    add_recommender_arguments(parser, served, served, served, "--run_data_dir")
    parser.add_argument(
        "--data_dir", required=True, help="prepared data with the new items"
    )
    parser.add_argument(
        "--other_run",
        action="store_true",
        help="publish a run even if it is not the one that is served",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    check_model_dir(args.model_dir, "recommender")
    served = newest_version(args.model_dir)
    options = recommender_options(args, served.metadata if served else {})
    Run.load(args.run_dir, RecommenderConfig, args.data_dirs).check_data()
    Manifest.read(args.data_dir)
    # Imported when the flags are checked, because it takes seconds.
    from export.publishing.publish_recommender import MODEL
    from export.publishing.refresh_items import refresh_items

    version = refresh_items(
        args.run_dir,
        args.data_dir,
        args.model_dir,
        options,
        other_run=args.other_run,
        data_dirs=args.data_dirs,
    )
    print_published(version, MODEL)

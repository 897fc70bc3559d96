"""The `designer` subcommand, which publishes a designer."""

import argparse
from typing import Any

from export.cli.publish_flags import PublishOptions
from export.cli.publish_flags import print_published
from export.publishing.version import check_model_dir
from trainer.design.run_flags import DesignRunsOptions
from trainer.design.search_config import SearchConfig


def add_designer(commands: Any) -> None:
    """Adds the `designer` subcommand to `export.task`.

    Args:
        commands: Result of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        "designer",
        help="publish a GAN and a recommender as a new version",
        description="Publishes a designer, which generates images for one user "
        "from a GAN and the\nrecommenders whose score it maximizes. An image "
        "costs --num_starts x\n--candidates_per_start forward passes through "
        "all networks, and --num_starts x\n--steps forward and backward "
        "passes. Smaller values answer sooner and score\nlower.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    DesignRunsOptions.add_arguments(parser)
    PublishOptions.add_arguments(parser)
    # Few starts, because a client waits for the one image that is returned.
    SearchConfig.add_arguments(parser, num_starts=4)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    search = SearchConfig.from_arguments(args)
    check_model_dir(args.model_dir, "designer")
    runs = DesignRunsOptions.from_arguments(args)
    runs.check_runs()
    # Imported when all flags are checked, because it takes seconds.
    from export.publishing.publish_designer import MODEL
    from export.publishing.publish_designer import export_designer

    version = export_designer(
        runs.run_dirs,
        args.gan_run_dir,
        args.model_dir,
        search,
        args.keep,
        args.data_dirs,
    )
    print_published(version, MODEL)

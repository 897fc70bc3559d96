"""The `designer` subcommand, which publishes a designer."""

import argparse
import dataclasses
from collections.abc import Sequence
from typing import Any

from export.publishing.designer_golden import designer_examples
from export.publishing.publish_servable import describe_run
from export.publishing.publish_servable import publish_servable
from export.publishing.publisher import add_publish_arguments
from export.publishing.publisher import check_model_dir
from export.publishing.publisher import publishing
from export.servables.designer import DesignerServable
from trainer.design.cli_flags import add_climb_arguments
from trainer.design.cli_flags import add_run_arguments
from trainer.design.cli_flags import run_dirs_of
from trainer.design.cli_flags import search_of
from trainer.design.design_context import DesignContext
from trainer.design.latent_optimizer import SearchConfig
from trainer.gan.trained_gan import load_trained_gan

MODEL = "designer"


def add_designer(commands: Any) -> None:
    """Adds the `designer` subcommand to `export.task`.

    Args:
        commands: Result of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        MODEL,
        help="publish a GAN and a recommender as a new version",
        description="Publishes a designer, which generates images for one user "
        "from a GAN and the\nrecommenders whose score it maximizes. An image "
        "costs --num_starts x\n--candidates_per_start forward passes through "
        "all networks, and --num_starts x\n--steps forward and backward "
        "passes. Smaller values answer sooner and score lower.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_run_arguments(parser)
    add_publish_arguments(parser)
    add_climb_arguments(parser)
    # Few starts, because a client waits for the one image that is returned.
    parser.set_defaults(run=_run, num_starts=4)


def export_designer(
    run_dirs: Sequence[str],
    gan_run_dir: str,
    model_dir: str,
    search: SearchConfig,
    keep: int | None = None,
) -> str:
    """Publishes a GAN with the recommenders whose score it maximizes.

    Args:
        run_dirs: Run folders of the recommenders.
        gan_run_dir: Run folder of the GAN.
        model_dir: Folder of all versions.
        search: Options of the search for a design.
        keep: Number of models to keep, each in its newest version; None for
            all versions.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If one of the runs is not trained, the recommenders are not
            an ensemble, their data lack a category of the GAN, or the version
            does not pass its checks.
    """
    check_model_dir(model_dir, MODEL)
    studio = DesignContext.load(run_dirs, load_trained_gan(gan_run_dir), search)
    shelves = [studio.shelf(name) for name in studio.gan.categories]
    designer = DesignerServable(studio, shelves)
    metadata = {
        "run": describe_run(studio.run),
        "ensemble_runs": [
            describe_run(one) for one in studio.ensemble.runs[1:]
        ],
        "gan_run": describe_run(studio.gan.run),
        "search": dataclasses.asdict(search),
    }
    examples = designer_examples(studio, shelves)
    with publishing(model_dir, MODEL, keep) as publisher:
        version = publish_servable(
            publisher, MODEL, designer, examples, metadata
        )
    print(
        f"published {version}; next: python -m serving.local_server "
        f"--model {MODEL}={model_dir}"
    )
    return version


def _run(args: argparse.Namespace) -> None:
    export_designer(
        run_dirs_of(args),
        args.gan_run_dir,
        args.model_dir,
        search_of(args),
        args.keep,
    )

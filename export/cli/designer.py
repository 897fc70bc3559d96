"""The command that publishes the `designer`."""

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
    """Adds the command to those of `export.task`.

    Args:
        commands: What `ArgumentParser.add_subparsers` returned.
    """
    parser = commands.add_parser(
        MODEL,
        help="publish a GAN and a recommender as a new version",
        description="Publishes what draws for one person: a GAN, and the "
        "recommenders that it is to\nplease. A design takes --num_starts times "
        "--candidates_per_start passes through all,\nand times --steps there "
        "and back: fewer answer sooner, and please less.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_run_arguments(parser)
    add_publish_arguments(parser)
    add_climb_arguments(parser)
    # Of which one is kept, and somebody waits for it.
    parser.set_defaults(run=_run, num_starts=4)


def export_designer(
    run_dirs: Sequence[str],
    gan_run_dir: str,
    model_dir: str,
    search: SearchConfig,
    keep: int | None = None,
) -> str:
    """Publishes a GAN and the recommenders that it is to please.

    Args:
        run_dirs: The runs of the recommenders.
        gan_run_dir: The run of the GAN.
        model_dir: Folder of all versions.
        search: How designs are searched for.
        keep: As `publishing` takes it.

    Returns:
        The folder of the new version.

    Raises:
        UserError: If one of the runs is not trained, the recommenders are no
            ensemble, their data lack a category that the GAN draws, or the
            version does not pass its checks.
    """
    check_model_dir(model_dir, MODEL)
    studio = DesignContext.load(run_dirs, load_trained_gan(gan_run_dir), search)
    shelves = [studio.shelf(name) for name in studio.gan.categories]
    designer = DesignerServable(studio, shelves)
    metadata = {
        "run": describe_run(studio.run),
        "also_runs": [describe_run(one) for one in studio.ensemble.runs[1:]],
        "gan_run": describe_run(studio.gan.run),
        "search": dataclasses.asdict(search),
    }
    examples = designer_examples(studio, shelves)
    with publishing(model_dir, MODEL, keep) as publisher:
        return publish_servable(
            publisher, MODEL, designer, examples, metadata, batched=False
        )


def _run(args: argparse.Namespace) -> None:
    export_designer(
        run_dirs_of(args),
        args.gan_run_dir,
        args.model_dir,
        search_of(args),
        args.keep,
    )

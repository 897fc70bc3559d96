"""The `compare-designs` command: designs and catalog images for many users."""

import argparse
import shutil
from typing import Any

import numpy as np
from tqdm import tqdm

from atelier.cli.flags import listed
from atelier.io.errors import UserError
from trainer.design import comparison_files
from trainer.design.categories import category_index
from trainer.design.category_items import CategoryItems
from trainer.design.cli_flags import add_run_arguments
from trainer.design.cli_flags import add_search_arguments
from trainer.design.cli_flags import check_count
from trainer.design.cli_flags import run_dirs_of
from trainer.design.cli_flags import search_of
from trainer.design.comparison import compare
from trainer.design.comparison_arms import ComparisonCell
from trainer.design.comparison_arms import show_all
from trainer.design.design_context import DesignContext
from trainer.design.held_out_scorer import HeldOutScorer
from trainer.gan.trained_gan import TrainedGan
from trainer.gan.trained_gan import load_trained_gan
from trainer.metrics.generative.ssim import WINDOW

EPILOG = """\
examples:
  designs and catalog images, scored by a second recommender as well:
    python -m trainer.task compare-designs --run_dir RECOMMENDER \\
      --gan_run_dir GAN --judge_run_dir ANOTHER --out compared

  a quick comparison: two categories, four users:
    python -m trainer.task compare-designs --run_dir RECOMMENDER \\
      --gan_run_dir GAN --categories Dress,Shoes --people 4 --num_starts 8 \\
      --count 4 --out compared

Train the judge with another --backbone and --seed than RECOMMENDER: an image
that only one network scores high need not match the user's taste.
"""


def add_compare_designs(commands: Any) -> None:
    """Adds the `compare-designs` command to the parser of `trainer.task`.

    Args:
        commands: Return value of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        "compare-designs",
        help="compare designs with catalog images, for several users",
        description="Compares four sources of images for several users: random "
        "catalog images,\nthe catalog images with the highest scores, random "
        "generated images, and\ndesigns for the user.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add_run_arguments(parser)
    add(
        "--judge_run_dir",
        help="folder of another recommender run, which also scores all images "
        "(default: none)",
    )
    add(
        "--people",
        type=int,
        default=8,
        help="number of users, sampled at random (default: %(default)s)",
    )
    add(
        "--categories",
        default="",
        help="category names, separated by commas (default: all categories of "
        "the GAN)",
    )
    add(
        "--count",
        type=int,
        default=8,
        help="number of images per source, user and category (default: "
        "%(default)s)",
    )
    add_search_arguments(parser)
    add(
        "--out",
        required=True,
        help="output folder for the table, the JSON file and the image",
    )
    parser.set_defaults(run=run_compare_designs)


def run_compare_designs(args: argparse.Namespace) -> None:
    """Compares the four sources; writes and prints the results.

    Args:
        args: Parsed flags of `add_compare_designs`.

    Raises:
        UserError: If a run or a flag is invalid.
    """
    _check(args)
    search = search_of(args)
    gan = load_trained_gan(args.gan_run_dir)
    names = listed(args.categories) or gan.categories
    _check_gan(gan, names)
    studio = DesignContext.load(run_dirs_of(args), gan, search)
    shelves = [studio.shelf(name) for name in names]
    _check_sizes(shelves, args.people * args.count)
    judge = (
        HeldOutScorer.load(args.judge_run_dir, studio, shelves)
        if args.judge_run_dir
        else None
    )
    users = _draw_people(studio, judge, args.people, args.seed)
    cells = _show(studio, users, shelves, args)
    found = compare(cells, judge, args.seed)
    comparison_files.write_comparison(args.out, found, cells)
    print(comparison_files.text(found, shutil.get_terminal_size().columns))
    files = (
        comparison_files.TABLE,
        comparison_files.FIGURES,
        comparison_files.PICTURE,
    )
    print(f"\nwritten to {args.out}: {', '.join(files)}")


def _show(
    studio: DesignContext,
    users: list[str],
    shelves: list[CategoryItems],
    args: argparse.Namespace,
) -> list[ComparisonCell]:
    """Returns the images of all sources, per user and category."""
    todo = [(user, shelf) for user in users for shelf in shelves]
    bar = tqdm(todo, "users and categories", disable=None)
    return [
        show_all(
            studio,
            shelf,
            user,
            count=args.count,
            choice=args.selection,
            seed=args.seed + number,
        )
        for number, (user, shelf) in enumerate(bar)
    ]


def _check(args: argparse.Namespace) -> None:
    """Raises UserError if a flag is out of range."""
    check_count(args, least=2)
    if args.people < 2:
        raise UserError(f"--people must be at least 2, got {args.people}")


def _check_gan(gan: TrainedGan, names: list[str]) -> None:
    """Raises UserError if the GAN's image size or categories do not fit."""
    if gan.image_size < WINDOW:
        raise UserError(
            f"{gan.run.run_dir} generates images of {gan.image_size} pixels, "
            f"but SSIM requires at least {WINDOW}; use a GAN with a larger "
            "--image_size"
        )
    for name in names:
        category_index(gan, name)


def _check_sizes(shelves: list[CategoryItems], shown: int) -> None:
    """Raises UserError if a category has too few images.

    Args:
        shelves: Items of each category.
        shown: Images that a source shows of a category, at most.
    """
    for shelf in shelves:
        if len(shelf.items) < shown + 2:
            raise UserError(
                f"category {shelf.name} has {len(shelf.items)} images, but "
                f"--people times --count is {shown}, and at least 2 images "
                "more than that are required; lower --people or --count, or "
                "leave the category out of --categories"
            )


def _draw_people(
    studio: DesignContext, judge: HeldOutScorer | None, number: int, seed: int
) -> list[str]:
    """Samples ids of users that both recommenders know.

    Raises:
        UserError: If they have fewer than `number` users in common.
    """
    known = [
        one
        for one in studio.trained.interactions.user_ids
        if judge is None or one in judge.people
    ]
    if len(known) < number:
        raise UserError(
            f"--people must be at most the number of users that the "
            f"recommenders have in common, {len(known)}, got {number}; lower "
            "it, or use runs on the same data"
        )
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(known), number, replace=False)
    return [known[one] for one in np.sort(drawn)]

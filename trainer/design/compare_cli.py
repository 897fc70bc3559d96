"""The command that compares designs with photos, for several people."""

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
  designs beside photos, and what another recommender says of them:
    python -m trainer.task compare-designs --run_dir RECOMMENDER \\
      --gan_run_dir GAN --judge_run_dir ANOTHER --out compared

  quickly, two categories for four people:
    python -m trainer.task compare-designs --run_dir RECOMMENDER \\
      --gan_run_dir GAN --categories Dress,Shoes --people 4 --num_starts 8 \\
      --count 4 --out compared

The judge should have another --backbone and --seed than RECOMMENDER: what only
one network likes, no person need like.
"""


def add_compare_designs(commands: Any) -> None:
    """Adds the command to those of `trainer.task`.

    Args:
        commands: What `ArgumentParser.add_subparsers` returned.
    """
    parser = commands.add_parser(
        "compare-designs",
        help="hold designs against photos, for several people",
        description="Holds designs against photos, for several people: random\n"
        "photos, the best ones, random designs, and designs for the person.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add_run_arguments(parser)
    add(
        "--judge_run_dir",
        help="of another one, which says what it thinks of the designs",
    )
    add(
        "--people",
        type=int,
        default=8,
        help="how many, drawn by chance (default: %(default)s)",
    )
    add(
        "--categories",
        default="",
        help="commas between them (default: all that the GAN draws)",
    )
    add(
        "--count",
        type=int,
        default=8,
        help="images of each source, person and category (default: "
        "%(default)s)",
    )
    add_search_arguments(parser)
    add("--out", required=True, help="folder for table, JSON and picture")
    parser.set_defaults(run=run_compare_designs)


def run_compare_designs(args: argparse.Namespace) -> None:
    """Compares, and says what was found.

    Args:
        args: Parsed flags.

    Raises:
        UserError: If a run or an option is wrong.
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
    """Returns what each source shows to each person of each category."""
    todo = [(user, shelf) for user in users for shelf in shelves]
    bar = tqdm(todo, "people and categories", disable=None)
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
    """Raises UserError for a flag that is out of its range."""
    check_count(args, least=2)
    if args.people < 2:
        raise UserError(f"--people must be at least 2, got {args.people}")


def _check_gan(gan: TrainedGan, names: list[str]) -> None:
    """Raises UserError if the GAN cannot be compared by."""
    if gan.image_size < WINDOW:
        raise UserError(
            f"{gan.run.run_dir} draws images of {gan.image_size} pixels, and "
            f"their variety (SSIM) is measured in windows of {WINDOW}; give a "
            "GAN of a larger --image_size"
        )
    for name in names:
        category_index(gan, name)


def _check_sizes(shelves: list[CategoryItems], shown: int) -> None:
    """Raises UserError if a category has hardly more photos than are shown."""
    for shelf in shelves:
        if len(shelf.items) < shown + 2:
            raise UserError(
                f"{shelf.name} has {len(shelf.items)} photos, and --people "
                f"times --count is {shown}, which leaves too few to compare "
                "with; lower one of them, or leave it out of --categories"
            )


def _draw_people(
    studio: DesignContext, judge: HeldOutScorer | None, number: int, seed: int
) -> list[str]:
    """Returns ids of people whom both recommenders know."""
    known = [
        one
        for one in studio.trained.interactions.user_ids
        if judge is None or one in judge.people
    ]
    if len(known) < number:
        raise UserError(
            f"--people {number}, and the recommenders know {len(known)} people "
            "in common; ask for fewer, or give runs on the same data"
        )
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(known), number, replace=False)
    return [known[one] for one in np.sort(drawn)]

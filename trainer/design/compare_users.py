"""Designs and catalog images of many users, compared, with files and text."""

import argparse
import shutil

import numpy as np
from tqdm import tqdm

from atelier.io.errors import UserError
from trainer.design import comparison_files
from trainer.design.categories import category_index
from trainer.design.category_items import CategoryItems
from trainer.design.comparison import compare
from trainer.design.comparison_arms import ComparisonCell
from trainer.design.comparison_arms import show_all
from trainer.design.design_context import DesignContext
from trainer.design.gan_quality import not_fit_to_show
from trainer.design.held_out_scorer import HeldOutScorer
from trainer.design.run_flags import run_dirs_of
from trainer.design.search_config import ComparisonConfig
from trainer.gan.trained_gan import TrainedGan
from trainer.gan.trained_gan import load_trained_gan
from trainer.metrics.generative.ssim import WINDOW


def compare_users(args: argparse.Namespace, config: ComparisonConfig) -> None:
    """Compares the four sources; writes and prints the results.

    Args:
        args: Parsed flags of the `compare-designs` command.
        config: Parameters of the search and of the comparison.

    Raises:
        UserError: If a run does not fit the comparison.
    """
    gan = load_trained_gan(args.gan_run_dir)
    names = args.categories or gan.categories
    _check_gan(gan, names)
    studio = DesignContext.load(run_dirs_of(args), gan, config, args.data_dirs)
    shelves = [studio.shelf(name) for name in names]
    _check_sizes(shelves, config.people * config.count)
    judge = (
        HeldOutScorer.load(args.judge_run_dir, studio, shelves, args.data_dirs)
        if args.judge_run_dir
        else None
    )
    users = _draw_people(studio, judge, config.people, config.seed)
    cells = _show(studio, users, shelves, config)
    found = compare(cells, judge, config.seed)
    comparison_files.write_comparison(args.out, found, cells)
    if reason := not_fit_to_show(gan):
        print(f"{reason}\n")
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
    config: ComparisonConfig,
) -> list[ComparisonCell]:
    """Returns the images of all sources, per user and category."""
    todo = [(user, shelf) for user in users for shelf in shelves]
    bar = tqdm(todo, "users and categories", disable=None)
    return [
        show_all(
            studio,
            shelf,
            user,
            count=config.count,
            choice=config.selection,
            seed=config.seed + number,
        )
        for number, (user, shelf) in enumerate(bar)
    ]


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

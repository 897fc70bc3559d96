"""The `design` command: designs for one user, or a restyled image."""

import argparse
import dataclasses
import logging
from typing import Any

import numpy as np

from atelier.schema import paths
from trainer.design.categories import category_index
from trainer.design.cli_flags import add_design_arguments
from trainer.design.cli_flags import check_design
from trainer.design.cli_flags import run_dirs_of
from trainer.design.cli_flags import search_of
from trainer.design.design_context import DesignContext
from trainer.design.design_set import DesignSet
from trainer.design.design_set import generate_designs
from trainer.design.image_editing import ImageEditor
from trainer.design.image_editing import Restyled
from trainer.design.image_file import read_photo
from trainer.design.score_normalization import ScoreDistribution
from trainer.design.write_design_set import CONTACT_SHEET
from trainer.design.write_design_set import write_portfolio
from trainer.design.write_edited_images import STRIP
from trainer.design.write_edited_images import write_restyled
from trainer.gan.trained_gan import load_trained_gan

_logger = logging.getLogger(__name__)

EPILOG = """\
examples:
  eight dresses for a user, each with the most similar catalog items (without
  --category: the category with most of the user's interactions):
    python -m trainer.task design --run_dir RECOMMENDER --gan_run_dir GAN \\
      --user 204 --category Dress --out dresses

  for a cold-start user, given two items that the user likes:
    python -m trainer.task design --run_dir RECOMMENDER --gan_run_dir GAN \\
      --seed_items ITEM,ITEM --category Dress --out dresses

  a dress of your own, moved halfway towards the taste of a user:
    python -m trainer.task design --run_dir RECOMMENDER --gan_run_dir GAN \\
      --user 204 --category Dress --photo mine.jpg --strength 0.5 --out mine

A design that scores higher than every catalog image may exploit a weakness of
the recommender instead of matching the user's taste. To check this, score the
designs with a second recommender: `trainer.task compare-designs`. Designing
with several recommenders at once (--ensemble_run_dirs) raises the score that
the second recommender gives.
"""


def add_design(commands: Any) -> None:
    """Adds the `design` command to the parser of `trainer.task`.

    Args:
        commands: Return value of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        "design",
        help="generate items for one user, or restyle an image",
        description="Generates images of new items of a category with the "
        "highest preference\nscore of one user, and finds the most similar "
        "catalog items. With --photo:\nrestyles an image towards the user's "
        "taste.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_design_arguments(parser)
    parser.set_defaults(run=run_design)


def run_design(args: argparse.Namespace) -> None:
    """Generates designs or restyles an image; writes and prints the results.

    Args:
        args: Parsed flags of `add_design_arguments`.

    Raises:
        UserError: If a run, the image or a flag is invalid.
    """
    check_design(args)
    search = search_of(args)
    # Cheap checks come first: loading the recommenders takes minutes.
    gan = load_trained_gan(args.gan_run_dir)
    if args.category:
        category_index(gan, args.category)
    photo = (
        read_photo(args.photo, gan.image_size, gan.run.resize)
        if args.photo
        else None
    )
    studio = DesignContext.load(run_dirs_of(args), gan, search)
    if args.user:
        user = studio.user(args.user)
        person = studio.person(user)
        liked = studio.trained.interactions.train[user].numpy()
    else:
        liked = studio.items(args.seed_items)
        person = studio.ensemble.person_who_likes(liked)
    shelf = studio.shelf(args.category or studio.favourite_category(liked))
    asked = {
        "run_dir": args.run_dir,
        "ensemble_run_dirs": run_dirs_of(args)[1:],
        "gan_run_dir": args.gan_run_dir,
        "user_id": args.user,
        "liked": args.seed_items,
        "category": shelf.name,
        "seed": args.seed,
        **dataclasses.asdict(search),
    }
    if photo is None:
        found = generate_designs(
            studio.designer,
            shelf,
            person,
            count=args.count,
            choice=args.selection,
            seed=args.seed,
        )
        write_portfolio(args.out, studio, found, liked, asked)
        print(_say_portfolio(args.out, found))
    else:
        _logger.info(
            f"searching for the generated image closest to {args.photo}"
        )
        wish = shelf.wish(person, args.seed)
        path = ImageEditor(studio.designer).restyle_in_graph(
            photo, wish, np.float32(args.strength)
        )
        standing = shelf.standing(person)
        write_restyled(args.out, photo, path, standing, asked)
        print(_say_restyled(args.out, path, standing))


def _say_portfolio(out: str, found: DesignSet) -> str:
    standing = found.standing
    z_scores = standing.z_score(found.designs.preferences)
    best = standing.z_score(standing.scores).max()
    return (
        f"{len(z_scores)} designs of category {found.shelf.name!r} in {out}: "
        f"scores {z_scores.min():+.2f} to {z_scores.max():+.2f}, best catalog "
        f"image {best:+.2f} ({_units(standing)})\n"
        f"next: {paths.join(out, CONTACT_SHEET)}"
    )


def _say_restyled(
    out: str, found: Restyled, standing: ScoreDistribution
) -> str:
    z_scores = standing.z_score(found.path.preferences.numpy())
    return (
        f"restyled image in {out}: score {z_scores[0]:+.2f} before, "
        f"{z_scores[-1]:+.2f} after ({_units(standing)})\n"
        f"next: {paths.join(out, STRIP)}"
    )


def _units(standing: ScoreDistribution) -> str:
    number = len(standing.scores)
    return f"standard deviations above the mean of {number:,} catalog images"

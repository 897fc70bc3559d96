"""Designs for one user, or a restyled image, with files and messages."""

import argparse
import dataclasses
import logging

import numpy as np

from atelier.schema import paths
from trainer.design.catalog_context import CatalogContext
from trainer.design.categories import category_index
from trainer.design.design_context import DesignContext
from trainer.design.design_set import DesignSet
from trainer.design.design_set import generate_designs
from trainer.design.image_editing import ImageEditor
from trainer.design.image_editing import Restyled
from trainer.design.image_file import read_photo
from trainer.design.run_flags import run_dirs_of
from trainer.design.score_normalization import ScoreDistribution
from trainer.design.search_config import DesignConfig
from trainer.design.write_design_set import CONTACT_SHEET
from trainer.design.write_design_set import write_portfolio
from trainer.design.write_edited_images import STRIP
from trainer.design.write_edited_images import write_restyled
from trainer.gan.trained_gan import load_trained_gan

_logger = logging.getLogger(__name__)


def make_designs(args: argparse.Namespace, config: DesignConfig) -> None:
    """Generates designs or restyles an image; writes and prints the results.

    Args:
        args: Parsed flags of the `design` command.
        config: Parameters of the search.

    Raises:
        UserError: If a run, the image, the user or an item is invalid.
    """
    # Cheap checks come first: loading the recommenders takes minutes.
    gan = load_trained_gan(args.gan_run_dir)
    if args.category:
        category_index(gan, args.category)
    photo = None
    if args.photo:
        photo = read_photo(args.photo, gan.image_size, gan.run.resize)
    studio = DesignContext.load(run_dirs_of(args), gan, config, args.data_dirs)
    person, liked = user_vector(studio, args)
    shelf = studio.shelf(args.category or studio.favourite_category(liked))
    asked = {
        "run_dir": args.run_dir,
        "ensemble_run_dirs": run_dirs_of(args)[1:],
        "gan_run_dir": args.gan_run_dir,
        "user_id": args.user,
        "liked": args.seed_items,
        "category": shelf.name,
        **dataclasses.asdict(config),
    }
    if photo is None:
        found = generate_designs(
            studio.designer,
            shelf,
            person,
            count=config.count,
            choice=config.selection,
            seed=config.seed,
        )
        write_portfolio(args.out, studio, found, liked, asked)
        print(say_portfolio(args.out, found))
    else:
        _logger.info(
            f"searching for the generated image closest to {args.photo}"
        )
        wish = shelf.wish(person, config.seed)
        path = ImageEditor(studio.designer).restyle_in_graph(
            photo, wish, np.float32(config.strength)
        )
        standing = shelf.standing(person)
        write_restyled(args.out, photo, path, standing, asked)
        print(_say_restyled(args.out, path, standing))


def user_vector(
    studio: CatalogContext, args: argparse.Namespace
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the vector and the items of the user of a command.

    Args:
        studio: Catalog with the users and items.
        args: Parsed flags of the `design` command.

    Returns:
        Theta, float32 [K], and the items that the user likes, int64 [n].
    """
    if args.user:
        user = studio.user(args.user)
        liked = studio.trained.interactions.train[user].numpy()
        return studio.person(user), liked
    liked = studio.items(args.seed_items)
    return studio.ensemble.person_who_likes(liked), liked


def say_portfolio(out: str, found: DesignSet) -> str:
    """Returns the message about a design set in an output folder."""
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

"""The command that draws designs for one person, or restyles a photo."""

import argparse
from typing import Any

import numpy as np

from records import layout
from trainer.design import portfolio_files
from trainer.design import restyle_files
from trainer.design.options import DesignOptions
from trainer.design.photo_file import read_photo
from trainer.design.portfolio import make_portfolio
from trainer.design.restyle import Restyler
from trainer.design.studio import Studio
from trainer.design.studio import category_index
from trainer.gan.trained_gan import load_trained_gan

EPILOG = """\
examples:
  eight dresses for a person, with what the shop has that looks like them:
    python -m trainer.task design --run_dir RECOMMENDER --gan_run_dir GAN \\
      --user 204 --category Dress --out dresses

  for somebody new, known by two things that they like:
    python -m trainer.task design --run_dir RECOMMENDER --gan_run_dir GAN \\
      --liked ITEM,ITEM --category Dress --out dresses

  one dress, moved half of the way towards their taste:
    python -m trainer.task design --run_dir RECOMMENDER --gan_run_dir GAN \\
      --user 204 --category Dress --photo mine.jpg --strength 0.5 --out mine

A design that scores higher than any photo may have learned to please the
recommender rather than the person: `trainer.task compare_designs` asks another.
"""


def add_design(commands: Any) -> None:
    """Adds the command to those of `trainer.task`.

    Args:
        commands: What `ArgumentParser.add_subparsers` returned.
    """
    parser = commands.add_parser(
        "design",
        help="draw what one person would like most, or restyle a photo",
        description="Draws new things of a category that one person would like "
        "most, with\nwhat the shop has that looks like them; or moves a photo "
        "towards their taste.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--run_dir", required=True, help="of a run of `recommender`"
    )
    DesignOptions.add_arguments(parser)
    parser.set_defaults(run=run_design)


def run_design(args: argparse.Namespace) -> None:
    """Designs, and says what came out.

    Args:
        args: Parsed flags: `run_dir`, and those of `DesignOptions`.

    Raises:
        UserError: If a run, the photo or an option is wrong.
    """
    options = DesignOptions.from_arguments(args)
    search = options.search
    # What may be wrong and is soon seen, before minutes of loading.
    gan = load_trained_gan(options.gan_run_dir)
    category_index(gan, options.category)
    photo = (
        read_photo(options.photo, gan.image_size, gan.run.resize)
        if options.photo
        else None
    )
    studio = Studio.load(args.run_dir, gan, search)
    if options.user:
        user = studio.user(options.user)
        person = studio.person(user)
        liked = studio.trained.interactions.train[user].numpy()
    else:
        liked = studio.items(options.liked)
        person = studio.person_who_likes(liked)
    if photo is None:
        _design(studio, options, person, liked)
    else:
        _restyle(studio, options, person, photo)


def _design(
    studio: Studio,
    options: DesignOptions,
    person: np.ndarray,
    liked: np.ndarray,
) -> None:
    portfolio = make_portfolio(
        studio.designer,
        studio.shelf(options.category),
        person,
        count=options.count,
        choice=options.choice,
        seed=options.seed,
    )
    asked = _asked(studio, options)
    portfolio_files.write_portfolio(
        options.out, studio, portfolio, liked, asked
    )
    standing = portfolio.standing
    designs = standing.lift(portfolio.designs.preferences)
    print(
        f"{len(designs)} designs in {options.out}: score "
        f"{designs.min():+.2f} to {designs.max():+.2f}, the best photo "
        f"{standing.lift(standing.scores).max():+.2f} (standard deviations "
        f"above the mean of {len(standing.scores):,} photos)"
    )
    print(f"next: {layout.join(options.out, portfolio_files.CONTACT_SHEET)}")


def _restyle(
    studio: Studio,
    options: DesignOptions,
    person: np.ndarray,
    photo: np.ndarray,
) -> None:
    shelf = studio.shelf(options.category)
    standing = shelf.standing(person)
    wish = shelf.wish(person, options.seed)
    print(f"looking for {options.photo} among all that can be drawn")
    found = Restyler(studio.designer).restyle_in_graph(
        photo, wish, np.float32(options.strength)
    )
    restyle_files.write_restyled(
        options.out, photo, found, standing, _asked(studio, options)
    )
    lifts = standing.lift(found.path.preferences.numpy())
    print(
        f"restyled in {options.out}: score {lifts[0]:+.2f} before, "
        f"{lifts[-1]:+.2f} after (standard deviations above the mean of "
        f"{len(standing.scores):,} photos)"
    )
    print(f"next: {layout.join(options.out, restyle_files.STRIP)}")


def _asked(studio: Studio, options: DesignOptions) -> dict[str, Any]:
    """Returns what was asked for, for the JSON."""
    return {
        "run_dir": studio.run.run_dir,
        "gan_run_dir": options.gan_run_dir,
        "user_id": options.user,
        "liked": list(options.liked),
        "category": options.category,
        "seed": options.seed,
        "starts": options.starts,
        "steps": options.steps,
        "realism_cost": options.realism,
    }

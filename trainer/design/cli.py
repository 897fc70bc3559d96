"""The command that draws designs for one person, or restyles a photo."""

import argparse
import dataclasses
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

EPILOG = """\
examples:
  eight dresses for a person, with what the shop has that looks like them;
  without --category, of what they took most:
    python -m trainer.task design --run_dir RECOMMENDER --gan_run_dir GAN \\
      --user 204 --category Dress --out dresses

  for somebody new, known by two things that they like:
    python -m trainer.task design --run_dir RECOMMENDER --gan_run_dir GAN \\
      --seed_items ITEM,ITEM --category Dress --out dresses

  one dress, moved half of the way towards their taste:
    python -m trainer.task design --run_dir RECOMMENDER --gan_run_dir GAN \\
      --user 204 --category Dress --photo mine.jpg --strength 0.5 --out mine

A design that scores higher than any photo may have learned to please the
recommender rather than the person: `trainer.task compare-designs` asks another,
and what has to please several at once (--ensemble_run_dirs) pleases that one
more.
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
    add_design_arguments(parser)
    parser.set_defaults(run=run_design)


def run_design(args: argparse.Namespace) -> None:
    """Designs, and says what came out.

    Args:
        args: Parsed flags; see `add_design_arguments`.

    Raises:
        UserError: If a run, the photo or a flag is wrong.
    """
    check_design(args)
    search = search_of(args)
    # What may be wrong and is soon seen, before minutes of loading.
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
        print(f"looking for {args.photo} among all that can be drawn")
        wish = shelf.wish(person, args.seed)
        path = ImageEditor(studio.designer).restyle_in_graph(
            photo, wish, np.float32(args.strength)
        )
        standing = shelf.standing(person)
        write_restyled(args.out, photo, path, standing, asked)
        print(_say_restyled(args.out, path, standing))


def _say_portfolio(out: str, found: DesignSet) -> str:
    standing = found.standing
    lifts = standing.lift(found.designs.preferences)
    best = standing.lift(standing.scores).max()
    return (
        f"{len(lifts)} designs of {found.shelf.name!r} in {out}: score "
        f"{lifts.min():+.2f} to {lifts.max():+.2f}, the best photo {best:+.2f} "
        f"({_units(standing)})\nnext: {paths.join(out, CONTACT_SHEET)}"
    )


def _say_restyled(
    out: str, found: Restyled, standing: ScoreDistribution
) -> str:
    lifts = standing.lift(found.path.preferences.numpy())
    return (
        f"restyled in {out}: score {lifts[0]:+.2f} before, {lifts[-1]:+.2f} "
        f"after ({_units(standing)})\nnext: {paths.join(out, STRIP)}"
    )


def _units(standing: ScoreDistribution) -> str:
    number = len(standing.scores)
    return f"standard deviations above the mean of {number:,} photos"

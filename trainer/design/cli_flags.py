"""Flags of a design, and what their values may be."""

import argparse

from atelier.cli.flags import listed
from atelier.io.errors import UserError
from trainer.design.latent_optimizer import SearchConfig
from trainer.design.select import METHODS


def add_design_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `design`."""
    add_run_arguments(parser)
    add = parser.add_argument
    add("--user", default="", help="id of a person whom training saw")
    add(
        "--seed_items",
        action="append",
        default=[],
        help="ids of items that somebody new likes, commas between, or one "
        "flag for each; instead of --user",
    )
    add(
        "--category",
        default="",
        help="of what is designed (default: the one of which the person took "
        "or likes most, among those that the GAN draws)",
    )
    add(
        "--photo",
        default="",
        help="restyle this photo, instead of designing from nothing; needs "
        "--category",
    )
    add(
        "--strength",
        type=float,
        default=0.5,
        help="how far --photo is moved, 0 to 1 (default: %(default)s)",
    )
    add(
        "--count",
        type=int,
        default=8,
        help="designs to keep (default: %(default)s)",
    )
    add_search_arguments(parser)
    add(
        "--out",
        required=True,
        help="folder for PNGs, contact sheet and JSON",
    )


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of what designs are made with."""
    add = parser.add_argument
    add("--run_dir", required=True, help="of a run of `recommender`")
    add(
        "--ensemble_run_dirs",
        default="",
        help="other runs on the same data, best of another --backbone, --seed "
        "or --image_size, commas between: a design is to please all of them "
        "(default: none)",
    )
    add("--gan_run_dir", required=True, help="of a run of `gan`")


def run_dirs_of(args: argparse.Namespace) -> list[str]:
    """Returns all recommenders that the flags name, `--run_dir` first."""
    return [args.run_dir, *listed(args.ensemble_run_dirs)]


def check_design(args: argparse.Namespace) -> None:
    """Checks what `add_design_arguments` added.

    Raises:
        UserError: If a value is out of its range, or nobody is named.
    """
    if bool(args.user) == bool(args.seed_items):
        raise UserError(
            "give --user with the id of a person, or --seed_items with the ids "
            "of items that somebody new likes"
        )
    if args.photo and not args.category:
        raise UserError(
            f"--photo {args.photo} needs --category: what it is a photo of"
        )
    if not 0 <= args.strength <= 1:
        raise UserError(f"--strength lies between 0 and 1, got {args.strength}")
    check_count(args, least=1)


def add_search_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of a search of which several designs are kept."""
    add = parser.add_argument
    add(
        "--selection",
        choices=METHODS,
        default=METHODS[0],
        help="which of --num_starts are kept: good ones that differ, the best, "
        "or drawn by exp(score) as in the paper (default: %(default)s)",
    )
    add_climb_arguments(parser)
    add(
        "--seed",
        type=int,
        default=0,
        help="the same gives the same designs (default: %(default)s)",
    )


def add_climb_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of every search, which `search_of` reads."""
    add = parser.add_argument
    add(
        "--num_starts",
        type=int,
        default=SearchConfig.num_starts,
        help="where the search begins (default: %(default)s)",
    )
    add(
        "--candidates_per_start",
        type=int,
        default=SearchConfig.candidates_per_start,
        help="random draws that each start is the best of; more score higher "
        "(default: %(default)s)",
    )
    add(
        "--steps",
        type=int,
        default=SearchConfig.steps,
        help="steps from each start; more score higher; 0: the starts "
        "themselves (default: %(default)s)",
    )
    add(
        "--realism",
        type=float,
        default=SearchConfig.realism,
        help="what it costs to be less real than a random design; 0: only "
        "the score counts (default: %(default)s)",
    )


def search_of(args: argparse.Namespace) -> SearchConfig:
    """Returns what the flags of `add_climb_arguments` say.

    Raises:
        UserError: If one is out of its range.
    """
    return SearchConfig(
        num_starts=args.num_starts,
        candidates_per_start=args.candidates_per_start,
        steps=args.steps,
        realism=args.realism,
    )


def check_count(args: argparse.Namespace, least: int) -> None:
    """Raises UserError unless so many can be chosen, and drawn by the seed."""
    if not least <= args.count <= args.num_starts:
        raise UserError(
            f"--count lies between {least} and --num_starts "
            f"({args.num_starts}), got {args.count}"
        )
    if args.seed < 0:
        raise UserError(f"--seed must be at least 0, got {args.seed}")

"""Flags of the `design` and `compare-designs` commands, with validation."""

import argparse

from atelier.cli.flags import listed
from atelier.io.errors import UserError
from trainer.design.latent_optimizer import SearchConfig
from trainer.design.select import METHODS


def add_design_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of the `design` command."""
    add_run_arguments(parser)
    add = parser.add_argument
    add("--user", default="", help="id of a training user")
    add(
        "--seed_items",
        action="append",
        default=[],
        help="ids of items that a cold-start user likes, separated by commas "
        "or one flag per item; instead of --user",
    )
    add(
        "--category",
        default="",
        help="category of the designs (default: the most frequent category of "
        "the user's items, among those that the GAN generates)",
    )
    add(
        "--photo",
        default="",
        help="image file to restyle, instead of generating new designs; "
        "requires --category",
    )
    add(
        "--strength",
        type=float,
        default=0.5,
        help="how far --photo is moved towards the user's taste, 0 to 1 "
        "(default: %(default)s)",
    )
    add(
        "--count",
        type=int,
        default=8,
        help="number of designs to keep (default: %(default)s)",
    )
    add_search_arguments(parser)
    add(
        "--out",
        required=True,
        help="output folder for PNGs, contact sheet and JSON",
    )


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of the recommender and GAN run folders."""
    add = parser.add_argument
    add("--run_dir", required=True, help="folder of a recommender run")
    add(
        "--ensemble_run_dirs",
        default="",
        help="folders of further recommender runs on the same data, separated "
        "by commas, preferably with another --backbone, --seed or "
        "--image_size; designs maximize the mean preference of all runs "
        "(default: none)",
    )
    add("--gan_run_dir", required=True, help="folder of a GAN run")


def run_dirs_of(args: argparse.Namespace) -> list[str]:
    """Returns the folders of all recommender runs, `--run_dir` first."""
    return [args.run_dir, *listed(args.ensemble_run_dirs)]


def check_design(args: argparse.Namespace) -> None:
    """Validates the flags of `add_design_arguments`.

    Raises:
        UserError: If a value is out of range, or not exactly one of `user`
            and `seed_items` is set.
    """
    if bool(args.user) == bool(args.seed_items):
        raise UserError(
            "set either --user, the id of a training user, or --seed_items, "
            "the ids of items that a cold-start user likes"
        )
    if args.photo and not args.category:
        raise UserError(
            f"--photo {args.photo} needs --category, the category of the item "
            "in the image"
        )
    if not 0 <= args.strength <= 1:
        raise UserError(
            f"--strength must be between 0 and 1, got {args.strength}"
        )
    check_count(args, least=1)


def add_search_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of a search that keeps several designs."""
    add = parser.add_argument
    add(
        "--selection",
        choices=METHODS,
        default=METHODS[0],
        help="selection of the designs to keep: `diverse`: high scores and "
        "different images; `best`: highest scores; `sample`: random, with "
        "probability proportional to exp(3 score), as in the paper (default: "
        "%(default)s)",
    )
    add_climb_arguments(parser)
    add(
        "--seed",
        type=int,
        default=0,
        help="random seed; the same seed gives the same designs (default: "
        "%(default)s)",
    )


def add_climb_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `SearchConfig`, read by `search_of`."""
    add = parser.add_argument
    add(
        "--num_starts",
        type=int,
        default=SearchConfig.num_starts,
        help="number of starting points of the search (default: %(default)s)",
    )
    add(
        "--candidates_per_start",
        type=int,
        default=SearchConfig.candidates_per_start,
        help="random images per starting point, of which the best one is the "
        "starting point; more give higher scores (default: %(default)s)",
    )
    add(
        "--steps",
        type=int,
        default=SearchConfig.steps,
        help="optimization steps from each starting point; more give higher "
        "scores; 0: return the starting points (default: %(default)s)",
    )
    add(
        "--realism",
        type=float,
        default=SearchConfig.realism,
        help="weight of the penalty on images that look less real than random "
        "generated images; 0: no penalty (default: %(default)s)",
    )


def search_of(args: argparse.Namespace) -> SearchConfig:
    """Builds the `SearchConfig` from the flags of `add_climb_arguments`.

    Raises:
        UserError: If a value is out of range.
    """
    return SearchConfig(
        num_starts=args.num_starts,
        candidates_per_start=args.candidates_per_start,
        steps=args.steps,
        realism=args.realism,
    )


def check_count(args: argparse.Namespace, least: int) -> None:
    """Validates `count` and `seed`.

    Args:
        args: Parsed flags: `count`, `num_starts` and `seed`.
        least: Minimum of `count`.

    Raises:
        UserError: If `count` or `seed` is out of range.
    """
    if not least <= args.count <= args.num_starts:
        raise UserError(
            f"--count must be between {least} and --num_starts "
            f"({args.num_starts}), got {args.count}"
        )
    if args.seed < 0:
        raise UserError(f"--seed must be at least 0, got {args.seed}")

"""What a design is asked for on the command line."""

import argparse
import dataclasses
from typing import Self

from records.errors import UserError
from trainer.design.choose import METHODS
from trainer.design.maximise import Search


@dataclasses.dataclass(frozen=True)
class DesignOptions:
    """What is designed, for whom, and how.

    Attributes:
        gan_run_dir: Of the GAN.
        user: Id of a person whom training saw, "" for somebody new.
        liked: Items that somebody new likes, each an id, or several with
            commas between.
        category: Of what is designed.
        photo: A file to start from, "" for designs from nothing.
        strength: How far a photo is moved, from 0 to 1.
        count: How many designs.
        choice: How they are chosen among all that were found.
        starts: How many are searched for.
        steps: Of each search.
        realism: What a lack of realism costs.
        seed: The same gives the same designs.
        out: Folder of what is written.
    """

    gan_run_dir: str
    category: str
    out: str
    user: str = ""
    liked: tuple[str, ...] = ()
    photo: str = ""
    strength: float = 0.5
    count: int = 8
    choice: str = METHODS[0]
    starts: int = Search.starts
    steps: int = Search.steps
    realism: float = Search.realism
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            UserError: If one is out of its range, or nobody is named.
        """
        if bool(self.user) == bool(self.liked):
            raise UserError(
                "give --user with the id of a person, or --liked with the ids "
                "of items that somebody new likes"
            )
        if not 0 <= self.strength <= 1:
            raise UserError(
                f"--strength lies between 0 and 1, got {self.strength}"
            )
        if not 1 <= self.count <= self.starts:
            raise UserError(
                f"--count lies between 1 and --starts ({self.starts}), got "
                f"{self.count}"
            )
        check_seed(self.seed)

    @property
    def search(self) -> Search:
        """How designs are searched for."""
        return Search(
            starts=self.starts, steps=self.steps, realism=self.realism
        )

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Adds a flag for each option."""
        add = parser.add_argument
        add("--gan_run_dir", required=True, help="of a run of `gan`")
        add("--user", default=cls.user, help="id of a person")
        add(
            "--liked",
            action="append",
            default=[],
            metavar="ID,ID",
            help="ids of items that somebody new likes; may be repeated",
        )
        add("--category", required=True, help="of what is designed")
        add(
            "--photo",
            default=cls.photo,
            help="restyle this photo, instead of designing from nothing",
        )
        add(
            "--strength",
            type=float,
            default=cls.strength,
            help="how far --photo is moved, 0 to 1 (default: %(default)s)",
        )
        add(
            "--count",
            type=int,
            default=cls.count,
            help="designs to keep (default: %(default)s)",
        )
        add(
            "--choice",
            choices=METHODS,
            default=cls.choice,
            help="which of --starts are kept: good ones that differ, the "
            "best, or drawn by exp(score) as in the paper (default: "
            "%(default)s)",
        )
        add_search_arguments(parser)
        add(
            "--out",
            required=True,
            help="folder for PNGs, contact sheet and designs.json",
        )

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Self:
        """Builds the options from parsed flags."""
        values = {
            field.name: getattr(args, field.name)
            for field in dataclasses.fields(cls)
        }
        return cls(**{**values, "liked": tuple(args.liked)})


def check_seed(seed: int) -> None:
    """Raises UserError for a seed that nothing can be drawn by."""
    if seed < 0:
        raise UserError(f"--seed must be at least 0, got {seed}")


def add_search_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of every search."""
    add = parser.add_argument
    add(
        "--starts",
        type=int,
        default=Search.starts,
        help="random starts of the search (default: %(default)s)",
    )
    add(
        "--steps",
        type=int,
        default=Search.steps,
        help="steps from each start; more score higher and look less real "
        "(default: %(default)s)",
    )
    add(
        "--realism",
        type=float,
        default=Search.realism,
        help="what a lack of realism costs; 0: only the score counts "
        "(default: %(default)s)",
    )
    add(
        "--seed",
        type=int,
        default=0,
        help="the same gives the same designs (default: %(default)s)",
    )

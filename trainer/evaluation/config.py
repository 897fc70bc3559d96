"""How an evaluation measures, as its command line says it."""

import argparse
import dataclasses
from typing import Literal
from typing import Self
from typing import get_args

from atelier.io.errors import UserError
from trainer.baselines import BASELINES
from trainer.metrics.ranking.per_user import Ties

Candidates = Literal["catalog", "interacted"]
"""What is ranked: the whole catalogue, or what somebody took."""


@dataclasses.dataclass(frozen=True)
class Options:
    """How an evaluation measures.

    Attributes:
        k: Length of the lists.
        candidates: Which items are ranked.
        ties: What a tie is to the AUC.
        baselines: Names of the models to compare with, commas between them,
            or `all`, or `none`.
        reference_baseline: The baseline of the paired test, None for the best.
    """

    k: int = 10
    candidates: Candidates = "catalog"
    ties: Ties = "pessimistic"
    baselines: str = "random,popularity"
    reference_baseline: str | None = None

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            UserError: If the length of the lists is not positive, or a
                baseline is unknown.
        """
        if self.k < 1:
            raise UserError(f"--k must be positive, got {self.k}")
        for name in self.baseline_names:
            if name not in BASELINES:
                raise UserError(
                    f"--baselines are some of {', '.join(BASELINES)}, with "
                    f"commas between them, or all, or none; got {name!r}"
                )
        if self.reference_baseline not in (None, *self.baseline_names):
            raise UserError(
                f"--reference_baseline is one of --baselines "
                f"({', '.join(self.baseline_names)}), got "
                f"{self.reference_baseline!r}"
            )

    @property
    def baseline_names(self) -> list[str]:
        """The baselines, one by one."""
        if self.baselines in ("all", "none"):
            return list(BASELINES) if self.baselines == "all" else []
        return self.baselines.split(",")

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Adds a flag for each option."""
        parser.add_argument(
            "--k",
            type=int,
            default=cls.k,
            help="length of the lists (default: %(default)s)",
        )
        parser.add_argument(
            "--candidates",
            choices=get_args(Candidates),
            default=cls.candidates,
            help="rank all items, or only those that somebody took in some "
            "split (default: %(default)s)",
        )
        parser.add_argument(
            "--ties",
            choices=get_args(Ties),
            default=cls.ties,
            help="what a tie is to the AUC: lost, or half won "
            "(default: %(default)s)",
        )
        parser.add_argument(
            "--baselines",
            default=cls.baselines,
            help="models to compare with, fitted here and now: all, none, or "
            "some of "
            + "; ".join(
                f"{name} ({one.help})" for name, one in BASELINES.items()
            )
            + " (default: %(default)s)",
        )
        parser.add_argument(
            "--reference_baseline",
            metavar="BASELINE",
            help="the baseline of the paired test (default: the best by AUC)",
        )

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Self:
        """Builds the options from parsed flags."""
        return cls(
            **{
                field.name: getattr(args, field.name)
                for field in dataclasses.fields(cls)
            }
        )

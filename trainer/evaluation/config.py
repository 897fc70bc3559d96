"""Options of the evaluation and their command-line flags."""

import argparse
import dataclasses
from typing import Literal
from typing import Self
from typing import get_args

from atelier.io.errors import UserError
from atelier.schema.model_names import description_of
from trainer.baselines import BASELINES
from trainer.metrics.ranking.per_user import Ties

Candidates = Literal["catalog", "interacted"]
"""Items that are ranked: the whole catalog, or items with an interaction."""


@dataclasses.dataclass(frozen=True)
class EvaluationConfig:
    """Options of an evaluation.

    Attributes:
        k: Length of the recommendation lists.
        candidates: Items that are ranked: `catalog` or `interacted`.
        ties: Ties in the AUC: `pessimistic` counts them as lost, `half` as
            half won.
        baselines: Names of the baselines, separated by commas, or `all`, or
            `none`.
        reference_baseline: Baseline of the paired test; None for the one with
            the highest AUC.

    Example:
        >>> run = Run.load("runs/mine", RecommenderConfig)
        >>> evaluation = evaluate(run, EvaluationConfig(k=20, baselines="all"))
    """

    k: int = 10
    candidates: Candidates = "catalog"
    ties: Ties = "pessimistic"
    baselines: str = "random,popularity"
    reference_baseline: str | None = None

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            UserError: If `k` is not positive, a baseline is unknown, or the
                reference baseline is not among the baselines.
        """
        if self.k < 1:
            raise UserError(f"--k must be positive, got {self.k}")
        for name in self.baseline_names:
            if name not in BASELINES:
                raise UserError(
                    f"--baselines must be all, none, or names out of "
                    f"{', '.join(BASELINES)}, separated by commas; got {name!r}"
                )
        if self.reference_baseline not in (None, *self.baseline_names):
            raise UserError(
                f"--reference_baseline must be one of --baselines "
                f"({', '.join(self.baseline_names)}), got "
                f"{self.reference_baseline!r}"
            )

    @property
    def baseline_names(self) -> list[str]:
        """Names of the requested baselines."""
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
            help="length of the recommendation lists (default: %(default)s)",
        )
        parser.add_argument(
            "--candidates",
            choices=get_args(Candidates),
            default=cls.candidates,
            help="items to rank: the whole catalog, or only items with an "
            "interaction in any split (default: %(default)s)",
        )
        parser.add_argument(
            "--ties",
            choices=get_args(Ties),
            default=cls.ties,
            help="equal scores in the AUC: pessimistic counts a tie as lost, "
            "half as half won (default: %(default)s)",
        )
        parser.add_argument(
            "--baselines",
            default=cls.baselines,
            help="baselines to fit and compare with: all, none, or names "
            "separated by commas out of "
            + "; ".join(
                f"{name} ({description_of(name)})" for name in BASELINES
            )
            + " (default: %(default)s)",
        )
        parser.add_argument(
            "--reference_baseline",
            metavar="BASELINE",
            help="baseline of the paired significance test (default: the one "
            "with the highest AUC)",
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

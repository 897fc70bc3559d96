"""Options of the evaluation and their command-line flags."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from atelier.cli.flags import ConflictError
from atelier.cli.flags import Options
from atelier.cli.flags import listed
from atelier.cli.flags import option
from atelier.io.errors import UserError
from atelier.schema.model_names import description_of
from trainer.baselines import BASELINES

if TYPE_CHECKING:  # Imports TensorFlow.
    from trainer.metrics.ranking.per_user import Ties

ALL, NONE = "all", "none"


@dataclasses.dataclass(frozen=True)
class EvaluationConfig(Options):
    """Options of an evaluation; each field is a flag.

    Example:
        >>> run = Run.load("runs/mine", RecommenderConfig)
        >>> evaluation = evaluate(run, EvaluationConfig(k=20, baselines="all"))
    """

    k: int = option(10, "length of the recommendation lists", least=1)
    candidates: str = option(
        "catalog",
        "items to rank: the whole catalog, or only items with an interaction "
        "in any split",
        choices=("catalog", "interacted"),
    )
    ties: Ties = option(
        "pessimistic",
        "equal scores in the AUC: pessimistic counts a tie as lost, half as "
        "half won",
        choices=("pessimistic", "half"),
    )
    baselines: str = option(
        "random,popularity,ease,vis_rank",
        "baselines to fit and compare with: all, none, or names separated by "
        "commas out of "
        + "; ".join(f"{name} ({description_of(name)})" for name in BASELINES),
    )
    reference_baseline: str = option(
        "",
        "baseline of the paired significance test; empty: the one with the "
        "highest AUC",
    )

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            UserError: If a value is out of its range, a baseline is unknown, or
                the reference baseline is not among the baselines.
        """
        super().__post_init__()
        for name in self.baseline_names:
            if name not in BASELINES:
                raise UserError(
                    f"--baselines must be all, none, or names out of "
                    f"{', '.join(BASELINES)}, separated by commas; got {name!r}"
                )
        if self.reference_baseline not in ("", *self.baseline_names):
            raise ConflictError(
                "the reference must be one of the baselines",
                {
                    "reference_baseline": self.reference_baseline,
                    "baselines": self.baselines,
                },
            )

    @property
    def baseline_names(self) -> list[str]:
        """Names of the requested baselines."""
        if self.baselines in (ALL, NONE):
            return list(BASELINES) if self.baselines == ALL else []
        return listed(self.baselines)

"""Parameters of the latent search and of the selection of designs."""

import dataclasses

from atelier.cli.flags import ConflictError
from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.schema.design_sources import AUTO
from atelier.schema.design_sources import SOURCES

METHODS = ("diverse", "best", "sample")
"""Names of the methods that select designs; see `select.py`."""

NUM_COMPOSED = 200
"""Default number of composed designs in the store of a served designer."""


@dataclasses.dataclass(frozen=True)
class SearchConfig(Options):
    """Parameters of the latent search; each `option` is a flag.

    Attributes:
        learning_rate: Learning rate of Adam; no flag.

    Example:
        quick = SearchConfig(num_starts=8, candidates_per_start=16, steps=10)
    """

    num_starts: int = option(
        32, "number of starting points of the search", least=1
    )
    candidates_per_start: int = option(
        64,
        "random images per starting point, of which the best one is the "
        "starting point; more give higher scores",
        least=1,
    )
    # A separately trained recommender sees nothing of what steps add
    # (docs/designs.md), and they take most of the time.
    steps: int = option(
        0,
        "optimization steps (Adam) from each starting point; more give higher "
        "scores by the same recommender; 0: return the starting points",
        least=0,
    )
    learning_rate: float = 0.01
    # In standard deviations of the user's scores of the catalog images, at a
    # realism of -1.
    realism: float = option(
        10.0,
        "weight of the penalty on images that look less real than random "
        "generated images; 0: no penalty",
        least=0,
    )


@dataclasses.dataclass(frozen=True)
class SelectionConfig(SearchConfig):
    """Parameters of a search that keeps several designs.

    Example:
        few = SelectionConfig(count=4, selection="best")
    """

    count: int = option(8, "number of designs to keep", least=1)
    selection: str = option(
        METHODS[0],
        "selection of the designs to keep: `diverse`: high scores and "
        "different images; `best`: highest scores; `sample`: random, with "
        "probability proportional to exp(3 score), as in the paper",
        choices=METHODS,
        metavar="METHOD",
    )
    seed: int = option(
        0,
        "random seed; the same seed gives the same designs",
        least=0,
        most=(1 << 32) - 1,
    )

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            UserError: If a value is out of range, or more designs are to be
                kept than found.
        """
        super().__post_init__()
        if self.count > self.num_starts:
            raise ConflictError(
                "a starting point gives one design, so --count is at most "
                "--num_starts",
                {"count": self.count, "num_starts": self.num_starts},
            )


@dataclasses.dataclass(frozen=True)
class DesignConfig(SelectionConfig):
    """Parameters of the `design` command.

    Example:
        config = DesignConfig(count=4, strength=0.8)
    """

    source: str = option(
        AUTO,
        "source of the designs: `composed`: the cut of one garment in the "
        "cloth of another; `gan`: generated images; `auto`: composed if the "
        "data set has masks of the garments, else gan",
        choices=SOURCES,
    )
    strength: float = option(
        0.5,
        "how far --photo is moved towards the user's taste, 0 to 1",
        least=0,
        most=1,
    )


@dataclasses.dataclass(frozen=True)
class ComparisonConfig(SelectionConfig):
    """Parameters of the `compare-designs` command.

    Example:
        config = ComparisonConfig(num_users=4, count=4)
    """

    count: int = option(
        4, "number of images per source, user and category", least=2
    )
    num_users: int = option(
        50, "number of users with held-out items, sampled at random", least=2
    )
    num_pairs: int = option(
        60, "pairs of images on the page for human raters", least=1
    )

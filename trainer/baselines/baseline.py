"""What a baseline is given, and what it is."""

import dataclasses
from collections.abc import Callable
from typing import Literal

import numpy as np

from trainer.data.interactions import Interactions
from trainer.metrics.ranking.scorer import Scorer

Need = Literal["features", "categories"]


@dataclasses.dataclass(frozen=True)
class BaselineData:
    """What every baseline is fitted to.

    Attributes:
        interactions: Who took what; baselines learn from its training items
            and may stop by its validation pairs.
        features: What a frozen network makes of each photo, float
            [items, F]; as it comes, baselines scale it themselves.
        categories: Category of each item, int [items], counted from 0.
        seed: Of initial weights and draws.
    """

    interactions: Interactions
    features: np.ndarray | None = None
    categories: np.ndarray | None = None
    seed: int = 0

    @property
    def num_users(self) -> int:
        """How many people there are."""
        return len(self.interactions.user_ids)

    @property
    def num_items(self) -> int:
        """Size of the catalogue."""
        return len(self.interactions.item_ids)


@dataclasses.dataclass(frozen=True)
class Baseline:
    """A model to compare with.

    Attributes:
        fit: Fits it; what it returns scores the whole catalogue.
        help: What it is, in a line.
        needs: What of `BaselineData` it cannot do without.
    """

    fit: Callable[[BaselineData], Scorer]
    help: str
    needs: tuple[Need, ...] = ()

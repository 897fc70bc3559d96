"""Data classes of the baselines: their inputs and their registry entry."""

import dataclasses
from collections.abc import Callable
from typing import Literal

import numpy as np

from trainer.data.interactions import Interactions
from trainer.metrics.ranking.scorer import Scorer

Need = Literal["features", "categories"]


@dataclasses.dataclass(frozen=True)
class BaselineData:
    """Data that a baseline is fitted to.

    Attributes:
        interactions: Interactions; baselines are fitted to the training split,
            and the learned ones use the validation split for early stopping.
        features: Unscaled image features of a pretrained network, float
            [items, F], or None. Baselines scale them by `scaled_features`.
        categories: Category index of each item from 0, int [items], or None.
        seed: Seed of initial weights and sampling.

    Example:
        >>> data = BaselineData(load_interactions("data"), seed=1)
        >>> score = fit_baseline("popularity", data)
    """

    interactions: Interactions
    features: np.ndarray | None = None
    categories: np.ndarray | None = None
    seed: int = 0

    @property
    def num_users(self) -> int:
        """Number of users."""
        return len(self.interactions.user_ids)

    @property
    def num_items(self) -> int:
        """Number of items in the catalog."""
        return len(self.interactions.item_ids)


@dataclasses.dataclass(frozen=True)
class Baseline:
    """Registry entry of a baseline.

    Attributes:
        fit: Function that fits the baseline and returns its scorer over the
            whole catalog.
        needs: Optional fields of `BaselineData` that the baseline requires.
    """

    fit: Callable[[BaselineData], Scorer]
    needs: tuple[Need, ...] = ()

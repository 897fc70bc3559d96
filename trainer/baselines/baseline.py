"""Data that the baselines are fitted to."""

import dataclasses

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.baselines import Need
from trainer.data.interactions import Interactions


@dataclasses.dataclass(frozen=True)
class BaselineData:
    """Data that a baseline is fitted to.

    Attributes:
        interactions: Interactions; baselines are fitted to the training split,
            and the learned ones use the validation split for early stopping.
        features: Unscaled image features of a pretrained network, float
            [items, F], or None. Baselines scale them by `scaled_features`.
        categories: Category index of each item from 0, int [items], or None.
        content: Features of the attributes and of the text of the items, float
            [items, C] each, 0 for an item without them; or None.
        seed: Seed of initial weights and sampling.

    Example:
        >>> data = BaselineData(load_interactions("data"), seed=1)
        >>> score = fit_baseline("popularity", data)
    """

    interactions: Interactions
    features: np.ndarray | None = None
    categories: np.ndarray | None = None
    content: tuple[np.ndarray, ...] | None = None
    seed: int = 0

    @property
    def num_users(self) -> int:
        """Number of users."""
        return len(self.interactions.user_ids)

    @property
    def num_items(self) -> int:
        """Number of items in the catalog."""
        return len(self.interactions.item_ids)

    @property
    def times(self) -> tf.RaggedTensor | None:
        """Times of the training interactions, or None."""
        return self.interactions.times


def missing_input(name: str, need: Need) -> UserError:
    """Returns the error for a baseline whose input the data lack.

    Args:
        name: Name of the baseline.
        need: The missing input.
    """
    owner, remedy = "items", ""
    if need == "times":
        owner = "interactions"
        remedy = ", or prepare the data again with --time_column"
    return UserError(
        f"the baseline {name} needs the {need} of the {owner}, which the data "
        f"do not have; leave it out{remedy}"
    )

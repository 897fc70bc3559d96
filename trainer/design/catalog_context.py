"""Loaded recommenders of a design, and the catalog they were trained on."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.data.items import read_items
from trainer.design.ensemble import Ensemble
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class CatalogContext:
    """Recommenders and their catalog.

    Attributes:
        ensemble: The recommenders.

    Example:
        context = CatalogContext(Ensemble.load(["runs/recommender"]))
        user_vector = context.user_vector(context.user("204"))
    """

    ensemble: Ensemble

    @property
    def run(self) -> Run:
        """Run of the first recommender; its data set is the catalog."""
        return self.ensemble.runs[0]

    @property
    def trained(self) -> TrainedRecommender:
        """The first recommender, loaded."""
        return self.ensemble.trained[0]

    def user_vector(self, user: int) -> np.ndarray:
        """Returns the vector theta of a training user, float32 [K].

        Args:
            user: User index.
        """
        return np.asarray(self.ensemble.user_vectors[user])

    def user(self, user_id: str) -> int:
        """Returns the index of a training user.

        Args:
            user_id: User id.

        Raises:
            UserError: If the user is unknown.
        """
        user_ids = self.trained.interactions.user_ids
        if user_id not in user_ids:
            some = ", ".join(user_ids[:5])
            raise UserError(
                f"--user {user_id!r} is not one of the {len(user_ids)} users "
                f"of {self.run.run_dir} (for example {some}); for a cold-start "
                "user, set --seed_items to the ids of liked items"
            )
        return user_ids.index(user_id)

    def items(self, named: Sequence[str]) -> np.ndarray:
        """Returns the indices of items, int64 [n].

        Args:
            named: Item ids, or comma-separated lists of item ids; an entry
                that is itself an item id is not split.

        Raises:
            UserError: If an item is unknown.
        """
        item_ids = self.trained.interactions.item_ids
        places = {one: place for place, one in enumerate(item_ids)}
        indices = []
        for text in named:
            for item_id in [text] if text in places else text.split(","):
                if item_id not in places:
                    some = ", ".join(item_ids[:5])
                    raise UserError(
                        f"--seed_items names {item_id!r}, which is not one of "
                        f"the {len(places)} items of {self.run.data_dir}; use "
                        f"ids such as {some}"
                    )
                indices.append(places[item_id])
        return np.array(indices, np.int64)

    def images(self, items: np.ndarray) -> np.ndarray:
        """Returns catalog images at their stored size.

        Args:
            items: Item indices, int64 [n].

        Returns:
            RGB images, float32 [n, size, size, 3] in [-1, 1].
        """
        photos = self.ensemble.photos.take(tf.constant(items, tf.int64))
        return photos.numpy().astype(np.float32) / 127.5 - 1.0

    @functools.cached_property
    def categories(self) -> np.ndarray:
        """Category name of each item, string [items]."""
        return np.array(
            read_items(self.run.data_dir, lambda item: item.category)
        )

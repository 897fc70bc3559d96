"""A user and a category: what a comparison shows images for."""

import dataclasses

import numpy as np

from trainer.design.category_items import CategoryItems


@dataclasses.dataclass(frozen=True)
class UserCategory:
    """A user, a category and the user's interactions with its items.

    Attributes:
        user_id: User id.
        user_vector: User vector theta, float32 [K].
        items: Items and images of the category.
        candidates: Positions in `CategoryItems.items` of the items without an
            interaction of the user in any split, int64 [n].
        held_out: Positions of the items that the user interacted with and
            training did not see, int64 [m].
        seed: Random seed of what is shown.

    Example:
        case = UserCategory("204", theta, dresses, candidates, held_out, seed=0)
        z_scores = case.z_score(images)
    """

    user_id: str
    user_vector: np.ndarray
    items: CategoryItems
    candidates: np.ndarray
    held_out: np.ndarray
    seed: int

    def z_score(self, images: np.ndarray) -> np.ndarray:
        """Returns preferences in standard deviations of the catalog images.

        Args:
            images: RGB images, float32 [n, size, size, 3] in [-1, 1].

        Returns:
            z-scores, float [n].
        """
        scores = self.items.preference.embed_many(images) @ self.user_vector
        return self.items.standing(self.user_vector).z_score(scores)

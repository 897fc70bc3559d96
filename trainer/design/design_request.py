"""Design request: user, category and normalization of the scores."""

from typing import Any
from typing import NamedTuple

from trainer.design.discriminator_scale import RealismScale


class DesignRequest(NamedTuple):
    """Request for designs of one category for one user; tensors or numbers.

    A batch of requests has a leading batch dimension in all fields except
    `seed`.

    Attributes:
        user_vector: User vector theta, float32 [K].
        category: Category index, int scalar.
        spread: Standard deviation of the user's scores of the catalog images
            of the category, float32 scalar.
        scale: Realism scale of the discriminator's scores.
        seed: Random seed of the search, int scalar.
    """

    user_vector: Any
    category: Any
    spread: Any
    scale: RealismScale
    seed: Any

"""Normalization of preference scores by the scores of catalog images.

The scores of two recommenders, or of two users, have no common scale. A score
is therefore compared with the scores of all catalog images of the category, by
the same recommender and for the same user: as a z-score and as a percentile.
"""

import dataclasses
import functools

import numpy as np


@dataclasses.dataclass(frozen=True)
class ScoreDistribution:
    """Distribution of a user's scores of the catalog images of a category.

    Attributes:
        scores: Scores of the catalog images, float [items].

    Example:
        distribution = ScoreDistribution(np.array([0.0, 1.0, 2.0]))
        distribution.z_score(np.array([2.0]))  # z-score: [1.2247]
        distribution.percentile(np.array([2.0]))  # [66.67]
    """

    scores: np.ndarray

    @functools.cached_property
    def spread(self) -> np.float32:
        """Standard deviation of the scores; 1 if all are equal."""
        return np.float32(self.scores.std() or 1.0)

    def best(self, count: int) -> np.ndarray:
        """Returns the positions of the highest scores, int64 [count]."""
        order = np.argsort(-self.scores, kind="stable")
        return np.asarray(order[:count])

    def z_score(self, scores: np.ndarray) -> np.ndarray:
        """Returns z-scores: standard deviations above the mean score.

        Args:
            scores: Scores by the same recommender and user, float [n].
        """
        return np.asarray((scores - self.scores.mean()) / self.spread)

    def percentile(self, scores: np.ndarray) -> np.ndarray:
        """Returns the percentage of catalog images with a lower score.

        Args:
            scores: Scores by the same recommender and user, float [n].
        """
        lower = np.searchsorted(np.sort(self.scores), scores)
        return np.asarray(100.0 * lower / len(self.scores))

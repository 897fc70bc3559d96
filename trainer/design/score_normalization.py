"""What scores are worth: where they stand among those of real photos.

The scores of two recommenders, or of two people, have no common scale. So a
score is held against those that the same recommender gives, for the same
person, to all real photos of the category: in their standard deviations above
their mean, and as the share of them that it beats.
"""

import dataclasses
import functools

import numpy as np


@dataclasses.dataclass(frozen=True)
class ScoreDistribution:
    """The scores of the real photos of a category for a person.

    Attributes:
        scores: Of the photos, float [photos].
    """

    scores: np.ndarray

    @functools.cached_property
    def spread(self) -> np.float32:
        """Their standard deviation; 1 where all are the same."""
        return np.float32(self.scores.std() or 1.0)

    def best(self, number: int) -> np.ndarray:
        """Returns the places of the photos that score highest, int64 [n]."""
        order = np.argsort(-self.scores, kind="stable")
        return np.asarray(order[:number])

    def lift(self, scores: np.ndarray) -> np.ndarray:
        """Returns scores in standard deviations above the mean photo."""
        return np.asarray((scores - self.scores.mean()) / self.spread)

    def percentile(self, scores: np.ndarray) -> np.ndarray:
        """Returns the share of photos that score lower, in percent."""
        lower = np.searchsorted(np.sort(self.scores), scores)
        return np.asarray(100.0 * lower / len(self.scores))

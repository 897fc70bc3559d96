"""One recommender, or the mean of several that were trained apart.

What one network likes after it was maximised for, another one need not like;
what several like, the next one rather does (Liu et al. 2017, "Delving into
transferable adversarial examples", section 5, turned to our side). Their scores
have no common scale. So with theta_r . Phi_r(X) the score by the r-th of m, and
s_r its standard deviation for that person over the photos of the catalogue, the
preference is

    1/m sum_r theta_r . Phi_r(X) / s_r,

a product again: of all Phi_r side by side and all theta_r / (m s_r). Of one
recommender alone it is theta . Phi, on its own scale.
"""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.design.image_scorer import Preference
from trainer.design.image_scorer import Tower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import TrainedRecommender
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class Ensemble:
    """Recommenders of the same people and items.

    K is the sum of their widths.

    Attributes:
        runs: One at least.
        trained: The same, loaded.
    """

    runs: list[Run]
    trained: list[TrainedRecommender]

    @classmethod
    def load(cls, run_dirs: Sequence[str]) -> "Ensemble":
        """Loads runs.

        Args:
            run_dirs: Of recommenders, one at least.

        Raises:
            UserError: If one is not trained, two are trained alike, or they
                know other people or items.
        """
        runs: list[Run] = []
        for run_dir in run_dirs:
            run = Run.load(run_dir, RecommenderConfig)
            check_apart(run, runs)
            runs.append(run)
        trained: list[TrainedRecommender] = []
        for run in runs:
            trained.append(load_recommender(run))
            if _ids(trained[-1]) != _ids(trained[0]):
                raise UserError(
                    f"{run.run_dir} knows other people or items than "
                    f"{runs[0].run_dir}; give runs on the same data, of "
                    "whatever --image_size"
                )
        return cls(runs, trained)

    def preference(self, image_size: int) -> Preference:
        """Returns what they say of images of a size, in pixels."""
        towers = [
            Tower(trained.item_tower, run.image_size)
            for run, trained in zip(self.runs, self.trained, strict=True)
        ]
        return Preference(towers, image_size)

    @functools.cached_property
    def people(self) -> np.ndarray:
        """Theta of all people whom training saw, float32 [users, K]."""
        return self._join([one.user_vectors for one in self.trained])

    def person_who_likes(self, items: np.ndarray) -> np.ndarray:
        """Returns the theta of somebody new, float32 [K].

        Args:
            items: Indices of what they like, at least one, int64 [n].
        """
        liked = tf.RaggedTensor.from_row_lengths(items, [len(items)])
        return self._join([one.encode_users(liked) for one in self.trained])[0]

    @functools.cached_property
    def looks(self) -> np.ndarray:
        """Phi of all photos of the catalogue, float32 [items, K]."""
        return np.concatenate(
            [one.visual_vectors for one in self.trained], axis=1
        )

    def _join(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """Returns people's vectors side by side, weighed; see the module.

        Args:
            vectors: By each recommender, [people, D]; what biases are
                multiplied by is left out.
        """
        parts = []
        for trained, theta in zip(self.trained, vectors, strict=True):
            phi = trained.visual_vectors
            visual = theta[:, : phi.shape[1]]
            if len(self.trained) > 1:
                spread = _spread(phi, visual)
                visual = visual / (len(self.trained) * spread[:, None])
            parts.append(visual)
        return np.concatenate(parts, axis=1)


def check_apart(run: Run, others: Sequence[Run]) -> None:
    """Checks that a run is trained otherwise than others.

    Raises:
        UserError: If it is trained exactly as one of them.
    """
    for other in others:
        if (run.config, run.data_dir) == (other.config, other.data_dir):
            raise UserError(
                f"{run.run_dir} is trained exactly as {other.run_dir}, so it "
                "would agree with itself; train one with another --seed and "
                "--backbone"
            )


def _ids(trained: TrainedRecommender) -> tuple[list[str], list[str]]:
    return trained.interactions.user_ids, trained.interactions.item_ids


def _spread(phi: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Returns the standard deviation of each person's scores of all photos.

    Args:
        phi: Of the photos, float32 [items, K].
        people: Theta, float32 [people, K].

    Returns:
        float32 [people]; 1 where all scores are the same.
    """
    covariance = np.cov(phi, rowvar=False, bias=True).reshape(phi.shape[1], -1)
    variance = np.sum((people @ covariance) * people, axis=1)
    spread = np.sqrt(np.maximum(variance, 0.0)).astype(np.float32)
    return np.where(spread > 0, spread, np.float32(1.0))

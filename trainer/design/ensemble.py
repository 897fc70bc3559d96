"""Preference of one recommender, or the mean preference of several.

An image that maximizes the score of one network need not score high with
another one. An image that maximizes the scores of several networks transfers
better (Liu et al. 2017, "Delving into transferable adversarial examples",
section 5, used here for the opposite purpose). The scores of recommenders have
no common scale. With theta_r . Phi_r(X) the score by recommender r of m, and
s_r its standard deviation for the user over the catalog images, the preference
is

    1/m sum_r theta_r . Phi_r(X) / s_r.

This is an inner product of the concatenated Phi_r and the concatenated
theta_r / (m s_r). For a single recommender the preference is theta . Phi, on
its own scale.
"""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.data.images import Photos
from trainer.data.images import load_photos
from trainer.design.image_scorer import Preference
from trainer.design.image_scorer import Tower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.presets import NO_IMAGE
from trainer.recommender.trained_model import TrainedRecommender
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class Ensemble:
    """Recommenders with the same users and items.

    The dimension K is the sum of the embedding dimensions.

    Attributes:
        runs: Runs of the recommenders, at least one.
        trained: Loaded recommenders, in the order of `runs`.

    Example:
        ensemble = Ensemble.load(["runs/first", "runs/second"])
        preference = ensemble.preference(image_size=64)
        scores = preference.score(images, ensemble.user_vectors[0])
    """

    runs: list[Run]
    trained: list[TrainedRecommender]

    @classmethod
    def load(
        cls, run_dirs: Sequence[str], data_dirs: Sequence[str] = ()
    ) -> "Ensemble":
        """Loads recommender runs.

        Args:
            run_dirs: Folders of the runs, at least one.
            data_dirs: Folders of their data sets, for `Run.load`.

        Raises:
            UserError: If a run is not trained, or without images, two runs are
                trained identically, or their users or items differ.
        """
        runs: list[Run] = []
        for run_dir in run_dirs:
            run = Run.load(run_dir, RecommenderConfig, data_dirs)
            if run.config.backbone == NO_IMAGE:
                raise UserError(
                    f"{run.run_dir} was trained without images, so it cannot "
                    "score designs; give a run with another --backbone"
                )
            check_apart(run, runs)
            runs.append(run)
        trained: list[TrainedRecommender] = []
        for run in runs:
            trained.append(load_recommender(run))
            if _ids(trained[-1]) != _ids(trained[0]):
                raise UserError(
                    f"{run.run_dir} has other users or items than "
                    f"{runs[0].run_dir}; use runs on the same data (their "
                    "--image_size may differ)"
                )
        return cls(runs, trained)

    def preference(self, image_size: int) -> Preference:
        """Returns the preference model for images of a size, in pixels."""
        towers = [
            Tower(trained.item_tower, run.image_size)
            for run, trained in zip(self.runs, self.trained, strict=True)
        ]
        return Preference(towers, image_size)

    @functools.cached_property
    def photos(self) -> Photos:
        """Catalog images of the first recommender, as JPEGs in memory."""
        return load_photos(self.runs[0].data_dir, memory_bytes=0)

    @functools.cached_property
    def user_vectors(self) -> np.ndarray:
        """User vectors theta of all training users, float32 [users, K]."""
        return self._join([trained.user_vectors for trained in self.trained])

    def encode_user(self, items: np.ndarray) -> np.ndarray:
        """Returns the vector theta of a cold-start user, float32 [K].

        Args:
            items: Indices of the items that the user likes, at least one,
                int64 [n].
        """
        liked = tf.RaggedTensor.from_row_lengths(items, [len(items)])
        return self._join(
            [trained.encode_users(liked) for trained in self.trained]
        )[0]

    @functools.cached_property
    def embeddings(self) -> np.ndarray:
        """Image embeddings Phi of the catalog, float32 [items, K]."""
        return np.concatenate(
            [trained.visual_vectors for trained in self.trained], axis=1
        )

    def _join(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """Concatenates the weighted user vectors theta_r / (m s_r).

        Args:
            vectors: User vectors of each recommender, float32 [users, D]; a
                bias column is dropped.

        Returns:
            User vectors, float32 [users, K].
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
    """Checks that a run differs from other runs.

    Args:
        run: The run to check.
        others: Runs to compare with.

    Raises:
        UserError: If one of them has the same configuration and data set.
    """
    for other in others:
        if (run.config, run.data_dir) == (other.config, other.data_dir):
            raise UserError(
                f"{run.run_dir} has the same configuration and data as "
                f"{other.run_dir}, so their scores are not independent; train "
                "one with another --seed and --backbone"
            )


def _ids(trained: TrainedRecommender) -> tuple[list[str], list[str]]:
    return trained.interactions.user_ids, trained.interactions.item_ids


def _spread(phi: np.ndarray, user_vectors: np.ndarray) -> np.ndarray:
    """Returns the standard deviation of each user's scores of the catalog.

    Args:
        phi: Image embeddings of the catalog, float32 [items, K].
        user_vectors: User vectors theta, float32 [users, K].

    Returns:
        Standard deviations, float32 [users]; 1 if all scores are equal.
    """
    covariance = np.cov(phi, rowvar=False, bias=True).reshape(phi.shape[1], -1)
    variance = np.sum((user_vectors @ covariance) * user_vectors, axis=1)
    spread = np.sqrt(np.maximum(variance, 0.0)).astype(np.float32)
    return np.where(spread > 0, spread, np.float32(1.0))

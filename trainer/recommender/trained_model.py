"""A trained run, loaded: what evaluation and export begin with."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import paths
from trainer.data.images import Photos
from trainer.data.images import load_photos
from trainer.data.interactions import Interactions
from trainer.data.interactions import load_interactions
from trainer.data.user_holdout import HeldOutUsers
from trainer.data.user_holdout import hold_out_users
from trainer.metrics.ranking.scorer import Scorer
from trainer.metrics.ranking.scorer import product_scorer
from trainer.metrics.ranking.scorer import with_ease
from trainer.models.embeddings import compute_embeddings
from trainer.models.embeddings import map_images
from trainer.models.towers.ease import EASE
from trainer.models.towers.two_tower import TwoTower
from trainer.models.user_encoder import UserEncoder
from trainer.models.user_encoder import encode_users
from trainer.recommender.candidate_trainer import FEATURES
from trainer.recommender.train import build_model
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class TrainedRecommender:
    """A run with its best weights, and everything embedded.

    The product of a person's and an item's vector is the score; item-to-item
    weights, where the model has them, add to it. Where the model has item
    biases, D is K + 1, else K.

    Attributes:
        interactions: Who took what.
        held_out_users: Those whom training did not see, if any were held out.
        photos: The catalogue.
        item_tower: Photos to embeddings.
        user_vectors: float32 [users, D].
        item_vectors: float32 [items, D].
        visual_vectors: What photos alone say, Phi, float32 [items, K].
        encoder: Makes a person of the items they like.
        ease: What is added to the product; None where nothing is.
    """

    interactions: Interactions
    held_out_users: HeldOutUsers | None
    photos: Photos
    item_tower: keras.Model
    user_vectors: np.ndarray
    item_vectors: np.ndarray
    visual_vectors: np.ndarray
    encoder: UserEncoder
    ease: EASE | None

    def scorer(self) -> Scorer:
        """Returns the scorer of the people of the data set."""
        return self._scorer(self.user_vectors, self.interactions.train)

    def cold_start_scorer(self, liked: tf.RaggedTensor) -> Scorer:
        """Returns the scorer of people known only by what they like.

        Args:
            liked: As `encode_users` takes it.
        """
        return self._scorer(self.encode_users(liked), liked)

    def encode_users(self, liked: tf.RaggedTensor) -> np.ndarray:
        """Returns the vectors of people known only by what they like.

        Args:
            liked: Item indices, at least one a person, int64 [people, None].

        Returns:
            float32 [people, D].
        """
        return encode_users(self.encoder, liked)

    def _scorer(self, people: np.ndarray, liked: tf.RaggedTensor) -> Scorer:
        product = product_scorer(people, self.item_vectors)
        return with_ease(product, self.ease, liked)


def load_recommender(run: Run) -> TrainedRecommender:
    """Loads a run and embeds its people and its catalogue.

    Raises:
        UserError: If the run is not trained, or its data set is gone or was
            prepared anew.
    """
    run.check_data()
    interactions, held_out_users = hold_out_users(
        load_interactions(run.data_dir),
        run.config.holdout_user_fraction,
        run.config.seed,
    )
    photos = load_photos(run.data_dir, run.config.image_cache_mb << 20)
    model = load_best_model(run, interactions)
    features = _kept_features(run)
    if features is None:
        features = map_images(model.item_tower.features, photos)()
    vectors = compute_embeddings(model, features, interactions.train)
    return TrainedRecommender(
        interactions=interactions,
        held_out_users=held_out_users,
        photos=photos,
        item_tower=model.item_tower,
        user_vectors=vectors.users,
        item_vectors=vectors.items,
        visual_vectors=vectors.photos,
        encoder=vectors.encoder,
        ease=vectors.ease,
    )


def load_best_model(run: Run, interactions: Interactions) -> TwoTower:
    """Builds the towers of a run with the weights of its best checkpoint.

    Raises:
        UserError: If the run has finished no epoch yet, or its weights are
            those of another network.
    """
    path = _best_checkpoint(run)
    model = build_model(run, interactions)
    try:
        status = tf.train.Checkpoint(model=model).restore(path)
        status.assert_existing_objects_matched()  # Or some would stay random.
    except (AssertionError, ValueError) as error:
        raise UserError(
            f"the weights in {path} are not those of {run.config.backbone!r} "
            "as this code builds it; train again, with a new --run_dir"
        ) from error
    status.expect_partial()  # The optimiser's part is not wanted.
    return model


def _best_checkpoint(run: Run) -> str:
    best = paths.join(run.run_dir, "best")
    path: str | None = tf.train.latest_checkpoint(best)
    if path is None:
        raise UserError(
            f"{best} holds no checkpoint; train the run for an epoch first"
        )
    return path


def _kept_features(run: Run) -> np.ndarray | None:
    """Returns the features of all photos, where training keeps them.

    Those of the best epoch: its validation filled the bank anew.
    """
    checkpoint = tf.train.load_checkpoint(_best_checkpoint(run))
    name = f"{FEATURES}/.ATTRIBUTES/VARIABLE_VALUE"
    if not checkpoint.has_tensor(name):
        return None
    features: np.ndarray = checkpoint.get_tensor(name)
    return features

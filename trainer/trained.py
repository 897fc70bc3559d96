"""A trained run, loaded: what evaluation and export begin with."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from records import layout
from records.errors import UserError
from trainer.dataset import Interactions
from trainer.dataset import Photos
from trainer.dataset import load_interactions
from trainer.dataset import load_photos
from trainer.embedding import embed_catalogue
from trainer.embedding import user_embeddings
from trainer.recommender import build_model
from trainer.run import Run
from trainer.two_tower import TwoTower


@dataclasses.dataclass(frozen=True)
class Trained:
    """A run with its best weights, and everything embedded.

    Attributes:
        interactions: Who took what.
        photos: The catalogue.
        item_tower: Photos to embeddings.
        user_vectors: theta, float32 [users, K].
        item_vectors: Phi, float32 [items, K].
    """

    interactions: Interactions
    photos: Photos
    item_tower: keras.Model
    user_vectors: np.ndarray
    item_vectors: np.ndarray


def load_trained(run: Run) -> Trained:
    """Loads a run and embeds its people and its catalogue.

    Raises:
        UserError: If the run is not trained, or its data set is gone or was
            prepared anew.
    """
    run.check_data()
    interactions = load_interactions(run.data_dir)
    photos = load_photos(run.data_dir, run.config.photo_memory_mb << 20)
    model = load_best_model(run, len(interactions.user_ids))
    return Trained(
        interactions=interactions,
        photos=photos,
        item_tower=model.item_tower,
        user_vectors=user_embeddings(model),
        item_vectors=embed_catalogue(model.item_tower, photos),
    )


def load_best_model(run: Run, num_users: int) -> TwoTower:
    """Builds the towers of a run with the weights of its best checkpoint.

    Raises:
        UserError: If the run has finished no epoch yet, or its weights are
            those of another network.
    """
    best = layout.join(run.run_dir, "best")
    path = tf.train.latest_checkpoint(best)
    if path is None:
        raise UserError(
            f"{best} holds no checkpoint; train the run for an epoch first"
        )
    model = build_model(run, num_users)
    try:
        status = tf.train.Checkpoint(model=model).restore(path)
        status.assert_existing_objects_matched()  # Or some would stay random.
    except (AssertionError, ValueError) as error:
        raise UserError(
            f"the weights in {best} are not those of {run.config.backbone!r} "
            "as this code builds it; train again, with a new --run_dir"
        ) from error
    status.expect_partial()  # The optimiser's part is not wanted.
    return model

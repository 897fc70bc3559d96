"""Training on photos with all who took them, against many candidates."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from trainer.config import RecommenderConfig
from trainer.dataset import Interactions
from trainer.dataset import Photos
from trainer.feature_bank import FeatureBank
from trainer.feature_bank import places
from trainer.losses.candidates import LOSSES
from trainer.sampling.photo_batches import PhotoBatches
from trainer.towers.two_tower import TwoTower
from trainer.training import RecommenderTraining
from trainer.vectors import photo_function

Batch = dict[str, tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Candidates:
    """What the pairs of a batch are compared with, each item once.

    Attributes:
        items: Item indices, int64 [candidates].
        compete: Whether they are compared with, bool [candidates]; if not,
            they are there as some pair's own item.
        places: Of each item of the catalogue among them, else -1, int64
            [items].
    """

    items: tf.Tensor
    compete: tf.Tensor
    places: tf.Tensor


class CandidateTraining(RecommenderTraining):
    """Each pair is compared with everything in its batch.

    Args:
        model: The towers.
        config: The configuration of the run.
        interactions: Who took what.
        photos: The catalogue.
        replicas: Number of devices.
    """

    def __init__(
        self,
        model: TwoTower,
        config: RecommenderConfig,
        interactions: Interactions,
        photos: Photos,
        replicas: int,
    ) -> None:
        counts = interactions.train_counts()
        taken_only = config.negative_items == "taken"
        self._batches = PhotoBatches(
            interactions.train,
            np.flatnonzero(counts > 0)
            if taken_only
            else np.arange(len(counts)),
            config.batch_size,
            config.takers_a_photo,
            0 if config.negatives == "in_batch" else config.num_negatives,
            config.seed,
        )
        super().__init__(
            model,
            config,
            interactions,
            photos,
            replicas,
            steps_an_epoch=self._batches.steps_an_epoch,
            pairs_a_step=self._batches.pairs_a_step,
        )
        self._photos = photos
        self._train = interactions.train
        self._user_of = interactions.train.value_rowids()
        self._bank = FeatureBank(len(photos), model.item_tower.features_dim)
        self.checkpoint_items["features"] = self._bank.features
        self._log_frequency = tf.constant(
            _log(
                self._batches.expected_counts(
                    len(counts), with_photos=config.negatives != "uniform"
                )
            ),
            tf.float32,
        )

    def start(self) -> None:
        """Fits the principal components, and fills the bank of features."""
        tower = self.model.item_tower
        features = photo_function(tower.backbone_features, self._photos)()
        if tower.components:
            tower.components.fit(features)
            features = tower.components(features)
        self._bank.fill(features)

    def features(self) -> np.ndarray:
        """Returns the features of all photos, float32 [items, F]."""
        if self._config.trains_backbone:
            self._bank.fill(super().features())
        features: np.ndarray = self._bank.features.numpy()
        return features

    def batches_from(self, first_step: int) -> tf.data.Dataset:
        """Returns the endless data set of batches from a step on.

        A batch is what `PhotoBatches.from_step` makes; where the backbone is
        trained, with `photos` uint8 [photos, size, size, 3].
        """

        def add_photos(batch: Batch) -> Batch:
            return {**batch, "photos": self._photos.take(batch["item"])}

        batches = self._batches.from_step(first_step)
        if self._config.trains_backbone:
            batches = batches.map(
                add_photos, num_parallel_calls=tf.data.AUTOTUNE
            )
        return batches.prefetch(tf.data.AUTOTUNE)

    def losses(self, batch: Batch) -> tuple[Any, Any]:
        """Returns the loss of each interaction, and its person's vector.

        Each device has pairs of its own, and compares them with what all have.

        Args:
            batch: As `batches_from` makes it.
        """
        batch = {
            **batch,
            "passed": _of_all_devices(batch["item"]),
            "negatives": _of_all_devices(batch["negatives"]),
        }
        fresh = None
        if "photos" in batch:
            fresh = _of_all_devices(
                self.model.item_tower.features(batch["photos"], training=True)
            )
        losses, users = self._compare(batch, fresh)
        if fresh is not None:
            self._bank.update(batch["passed"], tf.stop_gradient(fresh))
        return losses, users

    def _compare(self, batch: Batch, fresh: Any) -> tuple[Any, Any]:
        slots = tf.where(batch["interactions"] >= 0)
        interactions = tf.gather_nd(batch["interactions"], slots)
        items = tf.gather(batch["item"], slots[:, 0])
        people, person = tf.unique(tf.gather(self._user_of, interactions))
        taken = tf.gather(self._train, people)
        candidates = self._candidates(batch)
        factors = self.model.item_factors
        mask = factors.mask(training=True) if factors else None

        users = self._users(batch, fresh, people, person, interactions, mask)
        vectors = self.model.item_vectors(
            self._bank.take(candidates.items, batch["passed"], fresh),
            candidates.items,
            mask,
            training=True,
        )
        scores = tf.matmul(users, vectors, transpose_b=True)
        if factors:
            scores += factors.bias(candidates.items)
        losses = LOSSES[self._config.loss](
            scores,
            positive=tf.gather(candidates.places, items),
            allowed=tf.gather(_not_taken(taken, candidates), person),
            log_frequency=tf.gather(self._log_frequency, candidates.items),
        )
        return losses, users

    def _candidates(self, batch: Batch) -> Candidates:
        num_items = len(self._bank.features)
        drawn = tf.concat([batch["passed"], batch["negatives"]], axis=0)
        items, _ = tf.unique(drawn)
        compete = tf.ones_like(items, tf.bool)
        if self._config.negatives == "uniform":
            drawn = places(batch["negatives"], num_items)
            compete = tf.gather(drawn, items) >= 0
        return Candidates(items, compete, places(items, num_items))

    def _users(
        self,
        batch: Batch,
        fresh: Any,
        people: tf.Tensor,
        person: tf.Tensor,
        interactions: tf.Tensor,
        mask: Any,
    ) -> Any:
        """Returns theta of each pair, its own item left out, [pairs, K]."""
        model, theta = self.model, 0.0
        if model.user_tower:
            theta = model.user_tower(tf.gather(people, person))
        if not model.history_tower:
            return theta
        taken = tf.gather(self._train, people)
        items, which = tf.unique(taken.values)
        vectors = tf.gather(
            model.history_vectors(
                self._bank.take(items, batch["passed"], fresh),
                items,
                mask,
                training=True,
            ),
            which,
        )
        kept = tf.sign(
            model.history_dropout(tf.ones(tf.shape(which)), training=True)
        )
        vectors *= kept[:, None]
        rows, number = taken.value_rowids(), tf.size(people)
        sums = tf.math.unsorted_segment_sum(vectors, rows, number)
        numbers = tf.math.unsorted_segment_sum(kept, rows, number)
        # Where each interaction stands among those of the batch's people.
        own = (
            interactions
            - tf.gather(self._train.row_starts(), tf.gather(people, person))
            + tf.gather(taken.row_starts(), person)
        )
        return theta + model.history_tower(
            tf.gather(sums, person) - tf.gather(vectors, own),
            tf.gather(numbers, person) - tf.gather(kept, own),
        )


def _of_all_devices(values: tf.Tensor) -> tf.Tensor:
    """Returns the rows of all devices; gradients find their way back."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return values
    gathered = context.all_gather(values, axis=0)
    # Whose gradients it takes are dense, and so are those of a new shape.
    return tf.reshape(gathered, tf.shape(gathered))


def _log(counts: np.ndarray) -> np.ndarray:
    """Returns logarithms; what is never drawn counts as the rarest item."""
    return np.log(np.maximum(counts, counts[counts > 0].min()))


def _not_taken(taken: tf.RaggedTensor, candidates: Candidates) -> tf.Tensor:
    """Returns which candidates people did not take, bool [people, n]."""
    place = tf.gather(candidates.places, taken.values)
    hits = tf.boolean_mask(
        tf.stack([taken.value_rowids(), place], axis=1), place >= 0
    )
    shape = tf.stack([taken.nrows(), tf.size(candidates.items, tf.int64)])
    return candidates.compete & tf.tensor_scatter_nd_update(
        tf.fill(shape, True), hits, tf.fill(tf.shape(hits)[:1], False)
    )

"""Training on photos with all who took them, against many candidates."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from trainer.data.image_batch_sampler import ImageBatchSampler
from trainer.data.image_feature_bank import ImageFeatureBank
from trainer.data.image_feature_bank import positions_of
from trainer.data.images import Photos
from trainer.data.interactions import Interactions
from trainer.models.embeddings import map_images
from trainer.models.losses.candidates import LOSSES
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.recommender_trainer import RecommenderTrainer
from trainer.training.distribution import require_row_per_replica
from trainer.training.mixed_precision import float32_compute

FEATURES = "features"
"""What checkpoints call the features of all photos."""

Batch = dict[str, tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Pairs:
    """The interactions of a batch, on one device.

    Attributes:
        users: Vectors of their people, the own item left out, [pairs, K].
        items: Their items, int64 [pairs].
        person: Place of each person among those of the batch, int [pairs].
        taken: Item indices that these took, int64 [people, None].
    """

    users: tf.Tensor
    items: tf.Tensor
    person: tf.Tensor
    taken: tf.RaggedTensor


class CandidateTrainer(RecommenderTrainer):
    """Each pair is compared with everything in its batch.

    A photo that just passed the network, the only kind that trains it, competes
    with its like; what was drawn besides competes by the features that the bank
    holds of all. In one comparison the network would win by making every new
    feature unlike the old ones, of which no pair's own item is one.

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
        taken_only = config.negative_pool == "interacted"
        self._batches = ImageBatchSampler(
            interactions.train,
            np.flatnonzero(counts > 0)
            if taken_only
            else np.arange(len(counts)),
            config.batch_size,
            config.positives_per_image,
            0 if config.negatives == "in_batch" else config.num_negatives,
            config.seed,
        )
        require_row_per_replica(self._batches.photos_a_batch, replicas)
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
        self._frozen_steps = config.frozen_epochs * self.steps_an_epoch
        self._passes_photos = False
        self._train = interactions.train
        self._user_of = interactions.train.value_rowids()
        self._bank = ImageFeatureBank(
            len(photos), model.item_tower.features_dim
        )
        self.checkpoint_items[FEATURES] = self._bank.features
        passed = self._batches.expected_passes(len(counts))
        drawn = self._batches.expected_draws(len(counts))
        if config.negatives != "uniform":
            drawn += passed
        self._log_passed = _log_inclusion(passed)
        self._log_drawn = _log_inclusion(drawn)

    def start(self) -> None:
        """Fits what is not trained, and fills the bank of features."""
        super().start()
        tower = self.model.item_tower
        with float32_compute(tower.backbone):
            features = map_images(tower.backbone_features, self._photos)()
        if tower.components:
            tower.components.fit(features)
            features = tower.components(features)
        self._bank.fill(features)

    def features(self) -> np.ndarray:
        """Returns the features of all photos, float32 [items, F]."""
        if self._passes_photos:
            self._bank.fill(super().features())
        features: np.ndarray = self._bank.features.numpy()
        return features

    def batches_from(self, first_step: int) -> tf.data.Dataset:
        """Returns the endless data set of batches from a step on.

        A batch is what `ImageBatchSampler.from_step` makes; where the backbone
        is trained by then, with `photos` uint8 [photos, size, size, 3].
        """
        self._passes_photos = (
            self._config.trains_backbone and first_step >= self._frozen_steps
        )

        def add_photos(batch: Batch) -> Batch:
            return {**batch, "photos": self._photos.take(batch["item"])}

        batches = self._batches.from_step(first_step)
        if self._passes_photos:
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
        people, person = tf.unique(tf.gather(self._user_of, interactions))
        factors = self.model.item_embedding
        mask = factors.mask(training=True) if factors else None
        pairs = Pairs(
            users=self._users(batch, fresh, people, person, interactions, mask),
            items=tf.gather(batch["item"], slots[:, 0]),
            person=person,
            taken=tf.gather(self._train, people),
        )
        losses = []
        if fresh is not None:
            passed, _ = tf.unique(batch["passed"])
            features = self._bank.take(passed, batch["passed"], fresh)
            losses.append(
                self._loss_among(
                    pairs, passed, features, mask, self._log_passed
                )
            )
        if fresh is None or self._config.negatives != "in_batch":
            drawn = [batch["passed"], batch["negatives"]]
            items, _ = tf.unique(tf.concat(drawn, axis=0))
            features = self._bank.take(items)
            compete = None
            if self._config.negatives == "uniform":
                place = positions_of(batch["negatives"], len(self._photos))
                compete = tf.gather(place, items) >= 0
            losses.append(
                self._loss_among(
                    pairs, items, features, mask, self._log_drawn, compete
                )
            )
        return tf.add_n(losses) / len(losses), pairs.users

    def _loss_among(
        self,
        pairs: Pairs,
        items: tf.Tensor,
        features: tf.Tensor,
        mask: Any,
        log_frequency: tf.Tensor,
        compete: tf.Tensor | None = None,
    ) -> Any:
        """Returns the loss of each pair among some items, each there once.

        Args:
            pairs: The pairs; their own items are among the items.
            items: Item indices, int64 [candidates].
            features: Of their photos, float32 [candidates, features_dim].
            mask: How much item factors count.
            log_frequency: Of every item of the catalogue, float [items].
            compete: Which items are compared with, bool [candidates]; all if
                None. The others are there as some pair's own.
        """
        model = self.model
        vectors = model.item_vectors(features, items, mask, training=True)
        scores = tf.matmul(pairs.users, vectors, transpose_b=True)
        if model.item_embedding:
            scores += model.item_embedding.bias(items)
        place = positions_of(items, len(self._photos))
        allowed = _not_taken(pairs.taken, place, tf.size(items))
        if compete is not None:
            allowed &= compete
        return LOSSES[self._config.loss](
            scores,
            positive=tf.gather(place, pairs.items),
            allowed=tf.gather(allowed, pairs.person),
            log_frequency=tf.gather(log_frequency, items),
        )

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
        rows = tf.gather(
            model.history_rows(
                self._bank.take(items, batch["passed"], fresh),
                items,
                mask,
                training=True,
            ),
            which,
        )
        rows *= tf.sign(
            model.history_dropout(tf.ones([tf.size(which), 1]), training=True)
        )
        sums = tf.math.unsorted_segment_sum(
            rows, taken.value_rowids(), tf.size(people)
        )
        # Where each interaction stands among those of the batch's people.
        own = (
            interactions
            - tf.gather(self._train.row_starts(), tf.gather(people, person))
            + tf.gather(taken.row_starts(), person)
        )
        return theta + model.history_tower(
            tf.gather(sums, person) - tf.gather(rows, own)
        )


def _of_all_devices(values: tf.Tensor) -> tf.Tensor:
    """Returns the rows of all devices; gradients find their way back."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return values
    # What came in has no device yet, and workers could not send it.
    gathered = context.all_gather(tf.identity(values), axis=0)
    # Whose gradients it takes are dense, and so are those of a new shape.
    return tf.reshape(gathered, tf.shape(gathered))


def _log_inclusion(counts: np.ndarray) -> tf.Tensor:
    """Returns ln of the probability that items are among those of a batch.

    What is drawn several times is compared with once. What is never drawn
    counts as the rarest item.

    Args:
        counts: How often a batch draws each item, in the mean, float [items].
    """
    least = counts.min(initial=1.0, where=counts > 0)
    included = -np.expm1(-np.maximum(counts, least))
    return tf.constant(np.log(included), tf.float32)


def _not_taken(
    taken: tf.RaggedTensor, place: tf.Tensor, number: tf.Tensor
) -> tf.Tensor:
    """Returns which candidates people did not take, bool [people, number].

    Args:
        taken: What they took, int64 [people, None].
        place: Of each item among the candidates, else -1, int64 [items].
        number: Of candidates.
    """
    found = tf.gather(place, taken.values)
    hits = tf.boolean_mask(
        tf.stack([taken.value_rowids(), found], axis=1), found >= 0
    )
    shape = tf.stack([taken.nrows(), tf.cast(number, tf.int64)])
    return tf.tensor_scatter_nd_update(
        tf.fill(shape, True), hits, tf.fill(tf.shape(hits)[:1], False)
    )

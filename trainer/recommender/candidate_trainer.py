"""Trainer with many candidates per pair: in-batch and sampled negatives."""

import dataclasses
import time
from typing import Any

import numpy as np
import tensorflow as tf

from trainer.data.image_batch_sampler import ImageBatchSampler
from trainer.data.image_feature_bank import ImageFeatureBank
from trainer.data.image_feature_bank import positions_of
from trainer.data.images import Photos
from trainer.data.interactions import Interactions
from trainer.data.item_content import ItemContent
from trainer.data.ragged_rows import ragged_rows
from trainer.models.embeddings import map_images
from trainer.models.losses.bpr import BPR
from trainer.models.losses.bpr import bpr_loss
from trainer.models.losses.ranking_losses import LOSSES
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.pretrained_features import ImageFeatures
from trainer.recommender.recommender_trainer import RecommenderTrainer
from trainer.training.distribution import gather_replicas
from trainer.training.distribution import require_row_per_replica
from trainer.training.mixed_precision import float32_compute

FEATURES = "features"
"""Checkpoint key of the image feature bank."""

Batch = dict[str, tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Pairs:
    """The (user, item) pairs of a batch on one replica.

    Attributes:
        users: User embeddings, float [pairs, K]. A history tower leaves the
            pair's own item out.
        items: Positive item of each pair, int64 [pairs].
        rows: Row of the pair's user in `histories`, int [pairs].
        histories: Training items of each distinct user, ragged int64
            [users, None].
    """

    users: tf.Tensor
    items: tf.Tensor
    rows: tf.Tensor
    histories: tf.RaggedTensor


class CandidateTrainer(RecommenderTrainer):
    """Compares each (user, item) pair with all candidates of its batch.

    Images of the batch, whose fresh features train the backbone, are compared
    with each other. Sampled negatives are compared in a second loss, in which
    all features come from the image feature bank. A single loss over both
    would have a trivial solution: every positive is fresh, so the backbone
    would only have to make fresh features differ from stored ones.

    Args:
        model: The two-tower model.
        config: Configuration of the run, with `positives_per_image` >= 1.
        interactions: Training and held-out interactions.
        photos: Catalog images, by item index.
        replicas: Number of replicas (devices).
        content: Content of the items beside the image, if the model reads it.

    Example:
        >>> config = RecommenderConfig(positives_per_image=1, negatives="mixed")
        >>> counts = interactions.train_counts()
        >>> model = build_model(config, 64, num_users, counts)
        >>> trainer = CandidateTrainer(model, config, interactions, photos, 1)
        >>> trainer.start()
        >>> trainer.train_step(next(iter(trainer.batches_from(0))))
    """

    def __init__(
        self,
        model: TwoTower,
        config: RecommenderConfig,
        interactions: Interactions,
        photos: Photos,
        replicas: int,
        content: ItemContent | None = None,
    ) -> None:
        counts = interactions.train_counts()
        interacted_only = config.negative_pool == "interacted"
        self._batches = ImageBatchSampler(
            interactions.train,
            np.flatnonzero(counts > 0)
            if interacted_only
            else np.arange(len(counts)),
            config.batch_size,
            config.positives_per_image,
            0 if config.negatives == "in_batch" else config.num_negatives,
            config.seed,
        )
        require_row_per_replica(self._batches.images_per_batch, replicas)
        super().__init__(
            model,
            config,
            interactions,
            photos,
            replicas,
            steps_per_epoch=self._batches.steps_per_epoch,
            pairs_per_step=self._batches.pairs_per_step,
        )
        self._candidate_loss = LOSSES[config.loss](reduction=None)
        self._frozen_steps = config.frozen_epochs * self.steps_per_epoch
        self._passes_photos = False
        self._content = content
        self._train = interactions.train
        tower = model.history_tower
        self._recency = None
        if tower and tower.decay and interactions.recency is not None:
            self._recency = interactions.train.with_values(
                tf.constant(interactions.recency)
            )
        self._user_of = interactions.train.value_rowids()
        self._bank = ImageFeatureBank(
            len(photos), model.item_tower.features_dim
        )
        self.checkpoint_items[FEATURES] = self._bank.features
        passed = self._batches.expected_image_count(len(counts))
        drawn = self._batches.expected_negative_count(len(counts))
        if config.negatives != "uniform":
            drawn += passed
        self._log_passed = _log_inclusion(passed)
        self._log_drawn = _log_inclusion(drawn)

    def start(self) -> ImageFeatures:
        """Fits EASE, the PCA and the content, and fills the feature bank."""
        super().start()
        tower, begin = self.model.item_tower, time.process_time()
        with float32_compute(tower.backbone):
            features = map_images(tower.backbone_features, self.photos)()
        computed = ImageFeatures(features, time.process_time() - begin)
        if tower.components:
            tower.components.fit(features)
            features = tower.components(features)
        if tower.content and self._content:
            tower.content.fit(self._content)
            content = tower.content.encode(self._content)
            features = np.concatenate([features, content], axis=1)
        self._bank.assign(features)
        if self.model.ease and self._config.similarity_weight:
            self.model.ease.fit_similar(self._bank.features.numpy())
        return computed

    def features(self) -> np.ndarray:
        """Returns the features of all items, float32 [items, F]."""
        features: np.ndarray = self._bank.features.numpy()
        if self._passes_photos:
            features = features.copy()
            features[:, : self.model.item_tower.image_dim] = super().features()
            self._bank.assign(features)
        return features

    def batches_from(self, first_step: int) -> tf.data.Dataset:
        """Returns the infinite dataset of batches, starting at a step.

        A batch has the keys of `ImageBatchSampler.from_step`. If the backbone
        is trained at that step, it also has `photos`, uint8
        [photos, size, size, 3].
        """
        self._passes_photos = (
            self._config.trains_backbone and first_step >= self._frozen_steps
        )

        def add_photos(batch: Batch) -> Batch:
            return {**batch, "photos": self.photos.take(batch["item"])}

        batches = self._batches.from_step(first_step)
        if self._passes_photos:
            batches = batches.map(
                add_photos, num_parallel_calls=tf.data.AUTOTUNE
            )
        return batches.prefetch(tf.data.AUTOTUNE)

    def losses(self, batch: Batch) -> tuple[Any, Any]:
        """Returns the loss and the user embedding of each pair.

        The pairs are those of this replica, the candidates those of all.

        Args:
            batch: This replica's part of a batch of `batches_from`.

        Returns:
            Losses, float [pairs], and user embeddings, float [pairs, K].
        """
        batch = {**batch, "passed": gather_replicas(batch["item"])}
        if self._config.negatives != "in_batch":
            # TensorFlow's all_gather of no rows kills the process.
            batch["negatives"] = gather_replicas(batch["negatives"])
        fresh = None
        if "photos" in batch:
            tower = self.model.item_tower
            images = gather_replicas(
                tower.features(batch["photos"], training=True)
            )
            kept = self._bank.lookup(batch["passed"])
            fresh = tf.concat([images, kept[:, tower.image_dim :]], axis=1)
        losses, users = self._compare(batch, fresh)
        if fresh is not None:
            self._bank.update(batch["passed"], tf.stop_gradient(fresh))
        return losses, users

    def _compare(self, batch: Batch, fresh: Any) -> tuple[Any, Any]:
        slots = tf.where(batch["interactions"] >= 0)
        interactions = tf.gather_nd(batch["interactions"], slots)
        users, rows = tf.unique(tf.gather(self._user_of, interactions))
        factors = self.model.item_embedding
        mask = factors.mask(training=True) if factors else None
        pairs = Pairs(
            users=self._users(batch, fresh, users, rows, interactions, mask),
            items=tf.gather(batch["item"], slots[:, 0]),
            rows=rows,
            histories=ragged_rows(self._train, users),
        )
        losses = []
        if fresh is not None:
            passed, _ = tf.unique(batch["passed"])
            features = self._bank.lookup(passed, batch["passed"], fresh)
            losses.append(
                self._loss_among(
                    pairs, passed, features, mask, self._log_passed
                )
            )
        if fresh is None or self._config.negatives != "in_batch":
            drawn = [batch["passed"], batch["negatives"]]
            items, _ = tf.unique(tf.concat(drawn, axis=0))
            features = self._bank.lookup(items)
            compete = None
            if self._config.negatives == "uniform":
                compete = positions_of(batch["negatives"], items) >= 0
            losses.append(
                self._loss_among(
                    pairs, items, features, mask, self._log_drawn, compete
                )
            )
        loss = tf.add_n(losses) / len(losses)
        if self._interactions.weights is not None:
            loss *= tf.gather(self._interactions.weights.values, interactions)
        if self._interactions.negatives is not None:
            loss += self._rejection_loss(pairs, users, mask)
        return loss, pairs.users

    def _rejection_loss(self, pairs: Pairs, users: tf.Tensor, mask: Any) -> Any:
        """Returns the loss of each pair over the user's rejected items.

        The mean of |w_uj| -ln sigmoid(x_ui - x_uj) over the items j that the
        user rejected, which few batches would draw; zero without any. Features
        are those of the image feature bank.

        Args:
            pairs: The pairs.
            users: Distinct users of the pairs, int64 [users].
            mask: Kept item embeddings, float [draws], or None.

        Returns:
            Losses, float [pairs].
        """
        of_pairs = tf.gather(users, pairs.rows)
        rejected = ragged_rows(self._interactions.negatives, of_pairs)
        weights = ragged_rows(self._interactions.negative_weights, of_pairs)
        items, which = tf.unique(
            tf.concat([pairs.items, rejected.values], axis=0)
        )
        features = self._bank.lookup(items)
        vectors = self.model.item_vectors(features, items, mask, training=True)
        biases = tf.zeros(tf.shape(items), vectors.dtype)
        if self.model.item_embedding:
            biases = self.model.item_embedding.bias(items)
        rows = tf.concat(
            [tf.range(rejected.nrows()), rejected.value_rowids()], axis=0
        )
        scores = tf.gather(biases, which) + tf.reduce_sum(
            tf.gather(pairs.users, rows) * tf.gather(vectors, which), axis=1
        )
        num_pairs = tf.size(pairs.items)
        losses = weights.values * bpr_loss(
            tf.gather(scores[:num_pairs], rejected.value_rowids()),
            scores[num_pairs:],
        )
        return tf.math.unsorted_segment_mean(
            losses, rejected.value_rowids(), num_pairs
        )

    def _loss_among(
        self,
        pairs: Pairs,
        items: tf.Tensor,
        features: tf.Tensor,
        mask: Any,
        log_frequency: tf.Tensor,
        compete: tf.Tensor | None = None,
    ) -> Any:
        """Returns the loss of each pair over distinct candidates, [pairs].

        Args:
            pairs: The pairs; the candidates include their positive items.
            items: Candidate item indices, distinct, int64 [candidates].
            features: Image features of the candidates, float32
                [candidates, features_dim].
            mask: Kept item embeddings, float [draws], or None.
            log_frequency: Log inclusion probability of each catalog item,
                float [items].
            compete: Candidates that serve as negatives, bool [candidates];
                None for all. The others are only the positives of some pair.
        """
        model = self.model
        vectors = model.item_vectors(features, items, mask, training=True)
        scores = tf.matmul(pairs.users, vectors, transpose_b=True)
        if model.item_embedding:
            scores += model.item_embedding.bias(items)
        allowed = _not_interacted(pairs.histories, items)
        if compete is not None:
            allowed &= compete
        own = tf.one_hot(
            positions_of(items, pairs.items), tf.size(items), True, False
        )
        negative = tf.where(tf.gather(allowed, pairs.rows), 0.0, -1.0)
        labels = tf.where(own, 1.0, negative)
        weight = self._config.bpr_weight
        added = weight * BPR(reduction=None)(labels, scores) if weight else 0.0
        if self._config.loss == "softmax":
            scores -= tf.gather(log_frequency, items)  # The log-Q correction.
        return self._candidate_loss(labels, scores) + added

    def _users(
        self,
        batch: Batch,
        fresh: Any,
        users: tf.Tensor,
        rows_of_pairs: tf.Tensor,
        interactions: tf.Tensor,
        mask: Any,
    ) -> Any:
        """Returns theta of each pair without its own item, [pairs, K]."""
        model, theta = self.model, 0.0
        if model.user_tower:
            theta = model.user_tower(tf.gather(users, rows_of_pairs))
        if not model.history_tower:
            return theta
        histories = ragged_rows(self._train, users)
        items, which = tf.unique(histories.values)
        rows = tf.gather(
            model.history_rows(
                self._bank.lookup(items, batch["passed"], fresh),
                items,
                mask,
                training=True,
            ),
            which,
        )
        rows *= tf.sign(
            model.history_dropout(tf.ones([tf.size(which), 1]), training=True)
        )
        if self._interactions.weights is not None:
            weights = ragged_rows(self._interactions.weights, users)
            rows *= weights.values[:, None]
        # Position of each interaction among those of the batch's users.
        own = (
            interactions
            - tf.gather(
                self._train.row_starts(), tf.gather(users, rows_of_pairs)
            )
            + tf.gather(histories.row_starts(), rows_of_pairs)
        )
        if self._recency is not None:
            recency = ragged_rows(self._recency, users)
            return theta + model.history_tower(
                self._decayed_sums(rows, recency, rows_of_pairs, own)
            )
        sums = tf.math.unsorted_segment_sum(
            rows, histories.value_rowids(), tf.size(users)
        )
        return theta + model.history_tower(
            tf.gather(sums, rows_of_pairs) - tf.gather(rows, own)
        )

    def _decayed_sums(
        self,
        rows: Any,
        recency: tf.RaggedTensor,
        rows_of_pairs: tf.Tensor,
        own: tf.Tensor,
    ) -> Any:
        """Sums the history of each pair, decayed with the distance to its item.

        The item of a pair is anywhere in the history, and the others decay with
        the days and the orders between them and it, before or after.

        Args:
            rows: Rows of the items of the histories, float [n, K + 1].
            recency: Ages and orders of these items, ragged float32 [users,
                None, 2].
            rows_of_pairs: Row of the pair's user in `recency`, int [pairs].
            own: Row of each pair's own item in `rows`, int64 [pairs].

        Returns:
            Sums without the pair's own item, float [pairs, K + 1].
        """
        cells = tf.ragged.range(
            tf.gather(recency.row_starts(), rows_of_pairs),
            tf.gather(recency.row_limits(), rows_of_pairs),
        )
        pairs, places = cells.value_rowids(), cells.values
        of_item = tf.gather(own, pairs)
        distances = tf.abs(
            tf.gather(recency.values, places)
            - tf.gather(recency.values, of_item)
        )
        weights = self.model.history_tower.decay(distances)
        weights *= tf.cast(places != of_item, weights.dtype)
        return tf.math.unsorted_segment_sum(
            tf.gather(rows, places) * weights[:, None], pairs, tf.size(own)
        )


def _log_inclusion(counts: np.ndarray) -> tf.Tensor:
    """Returns the log probability that a batch includes each item, [items].

    An item drawn several times is one candidate, so its inclusion probability
    is 1 - exp(-count). Items that are never drawn get that of the rarest.

    Args:
        counts: Expected number of draws per batch and item, float [items].
    """
    least = counts.min(initial=1.0, where=counts > 0)
    included = -np.expm1(-np.maximum(counts, least))
    return tf.constant(np.log(included), tf.float32)


def _not_interacted(
    histories: tf.RaggedTensor, candidates: tf.Tensor
) -> tf.Tensor:
    """Returns False where a user interacted with a candidate.

    Args:
        histories: Training items of each user, ragged int64 [users, None].
        candidates: Item indices of the candidates, distinct, int64
            [candidates].

    Returns:
        bool [users, candidates].
    """
    columns = tf.cast(positions_of(candidates, histories.values), tf.int64)
    hits = tf.boolean_mask(
        tf.stack([histories.value_rowids(), columns], axis=1), columns >= 0
    )
    shape = tf.stack([histories.nrows(), tf.size(candidates, tf.int64)])
    return tf.tensor_scatter_nd_update(
        tf.fill(shape, True), hits, tf.fill(tf.shape(hits)[:1], False)
    )

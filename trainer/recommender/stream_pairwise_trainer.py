"""Pairwise (BPR) trainer on a stream of triples and one of the catalog."""

from typing import Any

import tensorflow as tf

from trainer.data.catalog_sample import CatalogSample
from trainer.data.item_stream import ItemStream
from trainer.data.triple_stream import TripleStream
from trainer.models.losses.bpr import BPR
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.stream_trainer import StreamTrainer
from trainer.recommender.stream_trainer import is_accidental_hit
from trainer.training.distribution import gather_replicas


class StreamPairwiseTrainer(StreamTrainer):
    """Compares each (user, item) pair with items drawn from the catalog.

    The negatives are uniform over all items, as the paper's, and each pair is
    compared with those of the whole batch, whose embeddings are there: the
    expectation of the loss is that of one negative for each pair, its variance
    smaller.

    Args:
        model: The two-tower model, with an id tower.
        config: Configuration of the run, with `input` "stream", `loss` "bpr".
        stream: Batches of triples.
        catalog: Batches of as many items.
        sample: Sample of the catalog, for validation.
        replicas: Number of replicas (devices).

    Example:
        >>> config = RecommenderConfig(input="stream")
        >>> sample = load_catalog_sample("data", user_ids)
        >>> model = build_model(config, 64, len(user_ids), np.empty(0))
        >>> stream = TripleStream("data", user_ids, 64, 64, 500, seed=0)
        >>> catalog = ItemStream("data", 10**6, 64, 64, seed=0)
        >>> trainer = StreamPairwiseTrainer(
        ...     model, config, stream, catalog, sample, 1
        ... )
        >>> trainer.train_step(next(iter(trainer.batches_from(0))))
    """

    def __init__(
        self,
        model: TwoTower,
        config: RecommenderConfig,
        stream: TripleStream,
        catalog: ItemStream,
        sample: CatalogSample,
        replicas: int,
    ) -> None:
        super().__init__(model, config, stream, sample, replicas)
        self._catalog = catalog
        self._pair_loss = BPR(reduction=None)

    def batches_from(self, first_step: int | tf.Tensor) -> tf.data.Dataset:
        """Returns the infinite dataset of pairs of batches of both streams."""
        triples = super().batches_from(first_step)
        items = self._catalog.from_step(first_step)
        return (
            tf.data.Dataset.zip(triples, items)
            .prefetch(tf.data.AUTOTUNE)
            .with_options(triples.options())
        )

    def losses(self, batch: tuple[dict[str, Any], dict[str, Any]]) -> Any:
        """Returns the loss and the user embedding of each pair.

        The pairs are those of this replica, the negatives those of all.
        Negatives that the batch shows a user to have are left out.

        Args:
            batch: This replica's parts of a batch of `TripleStream.from_step`
                and of one of `ItemStream.from_step`.

        Returns:
            Losses, float [pairs], and user embeddings, float [pairs, K].
        """
        triples, drawn = batch
        users = self.model.user_tower(triples["user"])
        photos = tf.concat([triples["photos"], drawn["photos"]], axis=0)
        own, others = tf.split(
            self.model.item_tower(photos, training=True),
            [tf.shape(triples["photos"])[0], tf.shape(drawn["photos"])[0]],
        )
        scores = tf.concat(
            [
                tf.reduce_sum(users * own, axis=1, keepdims=True),
                tf.matmul(users, gather_replicas(others), transpose_b=True),
            ],
            axis=1,
        )
        takers, items, weights = (
            gather_replicas(triples[name])
            for name in ("user", "item", "weight")
        )
        is_hit = is_accidental_hit(
            triples["user"], takers, items, gather_replicas(drawn["item"])
        )
        labels = tf.pad(
            tf.where(is_hit, -1.0, 0.0), [[0, 0], [1, 0]], constant_values=1
        )
        losses = self._pair_loss(labels, scores)
        return self.weighted(losses, triples["weight"], weights), users

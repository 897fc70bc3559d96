"""Base trainer on a stream of triples, without the catalog in memory."""

import keras
import tensorflow as tf

from trainer.data.catalog_sample import CatalogSample
from trainer.data.triple_stream import TripleStream
from trainer.models.embeddings import Embeddings
from trainer.models.embeddings import compute_item_embeddings
from trainer.models.towers.two_tower import TwoTower
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.recommender_trainer import RecommenderTrainer
from trainer.training.distribution import require_row_per_replica


class StreamTrainer(RecommenderTrainer):
    """Validation and weights of a training on a stream of triples.

    Nothing here grows with the catalog: a positive brings its image, and a
    sample of the catalog is validated. Subclasses define the negatives.

    Args:
        model: The two-tower model, with an id tower.
        config: Configuration of the run, with `input` "stream".
        stream: Batches of triples.
        sample: Sample of the catalog, for validation.
        replicas: Number of replicas (devices).
    """

    def __init__(
        self,
        model: TwoTower,
        config: RecommenderConfig,
        stream: TripleStream,
        sample: CatalogSample,
        replicas: int,
    ) -> None:
        require_row_per_replica(stream.batch_size, replicas)
        super().__init__(
            model,
            config,
            sample.interactions,
            sample.photos,
            replicas,
            steps_per_epoch=stream.steps_per_epoch,
            pairs_per_step=stream.batch_size,
        )
        self._stream = stream
        self._rows = sample.rows

    def batches_from(self, first_step: int | tf.Tensor) -> tf.data.Dataset:
        """Returns the infinite dataset of triples, starting at a step."""
        return self._stream.from_step(first_step)

    def embed(self) -> Embeddings:
        """Returns the embeddings of the users and items of the sample."""
        items = compute_item_embeddings(self.model, self.features())
        # Looked up, because the table may be larger than this host.
        users = self.model.user_tower(self._rows)
        return Embeddings(
            **vars(items), users=keras.ops.convert_to_numpy(users), ease=None
        )

    def weighted(
        self, losses: tf.Tensor, weights: tf.Tensor, all_weights: tf.Tensor
    ) -> tf.Tensor:
        """Returns losses times the relative weights of the pairs, [pairs].

        Weights are of mean 1 over the batch, 1 where unknown. The mean over all
        interactions, which `Interactions.weighed` divides by, is not known to
        a stream.

        Args:
            losses: Losses of the pairs of a replica, float [pairs].
            weights: Weights of these pairs, float [pairs].
            all_weights: Weights of the pairs of all replicas, float [batch].
        """
        power = self._config.weight_power
        if not power:
            return losses
        known = tf.boolean_mask(all_weights, ~tf.math.is_nan(all_weights))
        raised = weights**power / tf.reduce_mean(known**power)
        return losses * tf.where(tf.math.is_nan(weights), 1.0, raised)


def is_accidental_hit(
    users: tf.Tensor,
    all_users: tf.Tensor,
    all_items: tf.Tensor,
    items: tf.Tensor,
) -> tf.Tensor:
    """Returns a mask of the candidates among the pairs of each user.

    Args:
        users: Users of the pairs of a replica, int64 [pairs].
        all_users: Users of the pairs of all replicas, int64 [batch].
        all_items: Items of these pairs, int64 [batch].
        items: Candidates, int64 [candidates].

    Returns:
        A mask, bool [pairs, candidates].
    """
    _, rows = tf.unique(tf.concat([all_items, items], axis=0))
    of_pairs, of_candidates = tf.split(rows, [tf.size(all_items), -1])
    # Counts by distinct item, not by pair and candidate: both may be thousands.
    counts = tf.math.unsorted_segment_sum(
        tf.cast(all_users[:, None] == users, tf.float32),
        of_pairs,
        tf.size(rows),
    )
    return tf.transpose(tf.gather(counts, of_candidates) > 0)

"""Trains the two towers jointly from pixels."""

from typing import Any

import keras
import tensorflow as tf

from records import layout
from records import results
from records.errors import UserError
from trainer import bpr
from trainer import metrics
from trainer.config import RecommenderConfig
from trainer.dataset import Interactions
from trainer.dataset import Photos
from trainer.dataset import load_interactions
from trainer.dataset import load_photos
from trainer.embedding import embedding_function
from trainer.embedding import embedding_scorer
from trainer.embedding import user_embeddings
from trainer.history import History
from trainer.loop import Loop
from trainer.loop import Schedule
from trainer.run import Run
from trainer.sampling import TripleSampler
from trainer.two_tower import TwoTower

BEST_METRIC = "val_auc"


class RecommenderTraining:
    """The two towers as the loop trains them.

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
        self.model = model
        self._config = config
        self._interactions = interactions
        self._replicas = replicas
        self._decayed = bpr.decayed_weights(model.item_tower)
        optimizer = keras.optimizers.Adam(config.learning_rate)
        optimizer.build(model.trainable_variables)
        model.compile(optimizer=optimizer)  # So that callbacks find it.
        self.metrics: dict[str, keras.metrics.Metric] = {
            name: keras.metrics.Mean(name=name) for name in ("loss", "bpr")
        }
        self.checkpoint_items = {
            "model": model,
            "optimizer": optimizer,
            # Dropout's, which Keras does not count to the model.
            "random": [
                variable.value
                for variable in model.non_trainable_variables
                if "seed_generator" in variable.path
            ],
        }
        self._embed = embedding_function(model.item_tower, photos)

    def train_step(self, batch: dict[str, tf.Tensor]) -> None:
        """Takes one step on one device's part of a batch.

        Args:
            batch: As `TwoTower.call` takes it.
        """
        variables = [one.value for one in self.model.trainable_variables]
        with tf.GradientTape() as tape:
            positive, negative, users = self.model(batch, training=True)
            losses = bpr.bpr_loss(positive, negative)
            loss = self._loss(losses, users)
        # Dense, so that a user drawn twice has one gradient: Adam would take
        # the square of each slice by itself.
        gradients = [
            tf.convert_to_tensor(one) for one in tape.gradient(loss, variables)
        ]
        # Adds the gradients up over the devices.
        self.model.optimizer.apply_gradients(
            zip(gradients, self.model.trainable_variables, strict=True)
        )
        self.metrics["loss"].update_state(loss * self._replicas)
        self.metrics["bpr"].update_state(losses)

    def _loss(self, losses: Any, users: Any) -> Any:
        """Returns this device's part of the loss of the whole batch."""
        config = self._config
        a_triple = losses + config.user_penalty * bpr.half_square_norms(users)
        a_batch = config.weight_decay * bpr.weight_penalty(self._decayed)
        return (
            tf.reduce_sum(a_triple) + a_batch / self._replicas
        ) / config.batch_size

    def evaluate(self) -> dict[str, float]:
        """Returns `val_auc`, `val_hr@10` and `val_ndcg@10`."""
        ranks = metrics.rank_held_out(
            embedding_scorer(
                user_embeddings(self.model),
                self._embed(),
            ),
            self._interactions.validation,
            self._interactions.seen,
        )
        return {
            f"val_{name}": value
            for name, value in metrics.summarise(ranks).items()
        }


def train(run: Run, verbose: int) -> None:
    """Trains a run to its end, from its last checkpoint if there is one.

    Args:
        run: What to train; results go to its folder.
        verbose: 0 silent, 1 a progress bar, 2 a line an epoch.

    Raises:
        UserError: If the data cannot be trained on.
    """
    config = run.config
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    interactions = load_interactions(run.data_dir)
    if not len(interactions.validation):
        raise UserError(
            f"{run.data_dir} holds out no validation item, by which the best "
            "checkpoint is chosen; prepare data with a split that does"
        )
    photos = load_photos(run.data_dir, config.photo_memory_mb << 20)
    strategy = _strategy()
    with strategy.scope():
        training = RecommenderTraining(
            build_model(run, len(interactions.user_ids)),
            config,
            interactions,
            photos,
            strategy.num_replicas_in_sync,
        )
    triples = int(tf.size(interactions.train.values))
    schedule = Schedule(
        epochs=config.epochs,
        steps_per_epoch=max(1, triples // config.batch_size),
        save_every=config.save_every,
        best_metric=BEST_METRIC,
    )
    loop = Loop(training, schedule, run.run_dir, strategy)
    steps = loop.resume()
    if steps >= schedule.steps:
        print(f"{run.run_dir} has taken {steps} steps already; nothing to do")
        return
    if steps:
        print(f"goes on from step {steps} of {schedule.steps}")
    results.remove(run.run_dir, results.METRICS, results.RANKS)
    sampler = TripleSampler(
        interactions.train, len(photos), config.batch_size, config.seed
    )
    callbacks: list[keras.callbacks.Callback] = [
        History(run.run_dir),
        keras.callbacks.TensorBoard(
            layout.join(run.run_dir, "logs"), write_graph=False
        ),
    ]
    loop.run(
        lambda first_step: _batches(sampler, photos, first_step),
        callbacks,
        verbose,
    )


def build_model(run: Run, num_users: int) -> TwoTower:
    """Builds the towers of a run, with fresh weights."""
    return TwoTower(
        run.config.backbone,
        run.image_size,
        run.config.embedding_dim,
        num_users,
    )


def _batches(
    sampler: TripleSampler, photos: Photos, first_step: int
) -> tf.data.Dataset:
    def batch(step: tf.Tensor) -> dict[str, tf.Tensor]:
        users, positives, negatives = sampler.draw(step)
        return {
            "user": users,
            "positive": photos.take(positives),
            "negative": photos.take(negatives),
        }

    return (
        tf.data.Dataset.range(first_step, tf.int64.max)
        .map(batch, num_parallel_calls=tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )


def _strategy() -> tf.distribute.Strategy:
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()

"""Mult-VAE: variational autoencoder of histories, multinomial likelihood."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.baselines.baseline_triples import in_batches
from trainer.baselines.dot_product_model import to_numpy
from trainer.baselines.interaction_matrix import interaction_matrix
from trainer.baselines.training_loop import fit_epochs
from trainer.baselines.training_loop import step_function
from trainer.metrics.ranking.scorer import Scorer
from trainer.metrics.ranking.scorer import product_scorer

HIDDEN = 256
FACTORS = 64
DROPOUT = 0.5
"""Fraction of a history that is hidden from the encoder in training."""

KL_WEIGHT = 0.2
"""Weight beta of the KL term, reached after `ANNEALING_EPOCHS`."""

ANNEALING_EPOCHS = 20
LEARNING_RATE = 1e-3
USERS_PER_BATCH = 256

UNKNOWN = -1e6
"""Score of the items without training interactions."""


class MultVAEModel(keras.Model):
    """Mult-VAE: decodes a history x_u into the probabilities of all items.

    The encoder gives a mean mu and a log variance from x_u / |x_u| with a part
    of it hidden; z = mu + sigma e, with e normal in training and 0 for scores;
    the decoder gives logits, whose softmax is pi(z). The loss of a user is

        beta KL(N(mu, sigma^2) | N(0, 1)) - sum over i of x_ui ln pi_i(z).

    Args:
        num_items: Number of items.
        seed: Seed of initial weights, of what is hidden and of e.

    Example:
        >>> model = MultVAEModel(num_items=1000, seed=0)
        >>> loss = model.loss_of(histories, beta=0.2)
    """

    def __init__(self, num_items: int, seed: int) -> None:
        super().__init__()
        self._seeds = keras.random.SeedGenerator(seed)
        self._hide = layers.Dropout(DROPOUT, seed=seed)
        self.encoder = self._dense(num_items, HIDDEN, "tanh")
        self.gaussian = self._dense(HIDDEN, 2 * FACTORS)
        self.decoder = self._dense(FACTORS, HIDDEN, "tanh")
        self.output_layer = self._dense(HIDDEN, num_items)
        self.built = True

    def call(self, histories: Any, training: bool = False) -> Any:
        """Encodes histories and decodes them but for the last layer.

        Args:
            histories: Interactions, 1 where observed, float [batch, items].
            training: Whether to hide items and to sample z.

        Returns:
            Inputs of the last layer, float [batch, HIDDEN]; and KL divergences,
            float [batch].
        """
        unit = self._hide(ops.normalize(histories, axis=1), training=training)
        mean, log_variance = ops.split(self.gaussian(self.encoder(unit)), 2, 1)
        divergence = 0.5 * ops.sum(
            ops.exp(log_variance) + ops.square(mean) - 1.0 - log_variance,
            axis=1,
        )
        if training:
            noise = keras.random.normal(ops.shape(mean), seed=self._seeds)
            mean = mean + ops.exp(0.5 * log_variance) * noise
        return self.decoder(mean), divergence

    def loss_of(self, histories: Any, beta: Any) -> Any:
        """Returns the mean loss of a training batch, a scalar.

        Args:
            histories: Interactions, 1 where observed, float [batch, items].
            beta: Weight of the KL term.
        """
        decoded, divergence = self(histories, training=True)
        log_shares = ops.log_softmax(self.output_layer(decoded))
        likelihood = ops.sum(histories * log_shares, axis=1)
        return ops.mean(beta * divergence - likelihood)

    def _dense(
        self, inputs: int, width: int, activation: str | None = None
    ) -> layers.Dense:
        layer = layers.Dense(
            width,
            activation,
            kernel_initializer=keras.initializers.GlorotUniform(self._seeds),
        )
        layer.build((None, inputs))
        return layer


def fit_multvae(data: BaselineData) -> Scorer:
    """Fits Mult-VAE; items without training interactions rank last.

    Source: Liang et al., WWW 2018, equations 2, 4 and 7; with fewer units than
    the paper's 600 and 200, because a shop has fewer users than its data.
    """
    known = np.flatnonzero(data.interactions.train_counts())
    history = interaction_matrix(data)[:, known]
    model = MultVAEModel(len(known), data.seed)
    step = step_function(
        model,
        model.loss_of,
        LEARNING_RATE,
        [tf.TensorSpec([None, len(known)]), tf.TensorSpec([])],
    )

    def run_epoch(epoch: int) -> None:
        rng = np.random.default_rng((data.seed, epoch))
        beta = KL_WEIGHT * min(1.0, epoch / ANNEALING_EPOCHS)
        for users in in_batches(
            rng.permutation(data.num_users), USERS_PER_BATCH
        ):
            step(history[users].toarray(), beta)

    def scorer() -> Scorer:
        users = np.concatenate(
            [
                to_numpy(model(history[users].toarray())[0])
                for users in in_batches(
                    np.arange(data.num_users), USERS_PER_BATCH
                )
            ]
        )
        items = np.zeros((data.num_items, HIDDEN + 1), np.float32)
        items[:, -1] = UNKNOWN
        items[known] = np.vstack(model.output_layer.get_weights()).T
        return product_scorer(
            np.pad(users, [(0, 0), (0, 1)], constant_values=1.0), items
        )

    return fit_epochs(run_epoch, scorer, data, "ndcg@10")

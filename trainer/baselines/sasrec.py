"""SASRec: causal self-attention over the sequence of a user's items."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.baselines.baseline import missing_input
from trainer.baselines.baseline_triples import in_batches
from trainer.baselines.dot_product_model import to_numpy
from trainer.baselines.training_loop import fit_epochs
from trainer.baselines.training_loop import step_function
from trainer.metrics.ranking.scorer import Scorer
from trainer.metrics.ranking.scorer import product_scorer

FACTORS = 64
BLOCKS = 2
DROPOUT = 0.5
"""Dropout rate of the inputs and of each block, the paper's for sparse data."""

LENGTH = 20
"""Maximum number of a user's items, the latest; 97 % of H&M's have fewer."""

NEGATIVES = 1024
"""Items that all next items of a batch are compared with."""

LEARNING_RATE = 3e-3
USERS_PER_BATCH = 128


class AttentionBlock(layers.Layer):
    """Self-attention to the same and earlier positions, then a dense network.

        y = x + A(norm(x)),  z = y + F(norm(y)),

    with A(h) = softmax(h Q (h K)^T / sqrt(`FACTORS`)) h V and a hidden layer of
    `FACTORS` units in F.

    Args:
        seed: Seed of initial weights and dropout.

    Example:
        >>> block = AttentionBlock(seed=0)
        >>> outputs = block(inputs, known)  # [batch, length, FACTORS]
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        # One generator for all: equal seeds would give equal kernels.
        glorot = keras.initializers.GlorotUniform(
            keras.random.SeedGenerator(seed)
        )
        self.queries, self.keys, self.values, self.hidden, self.output_layer = (
            layers.Dense(FACTORS, activation, kernel_initializer=glorot)
            for activation in (None, None, None, "relu", None)
        )
        self.norms = [layers.LayerNormalization() for _ in range(2)]
        for layer in (
            *(self.queries, self.keys, self.values, *self.norms),
            *(self.hidden, self.output_layer),
        ):
            layer.build((None, None, FACTORS))
        self._attention = layers.Attention()
        self._dropout = layers.Dropout(DROPOUT, seed=seed)
        self.built = True

    def call(self, inputs: Any, known: Any, training: bool = False) -> Any:
        """Computes the outputs of all positions.

        Args:
            inputs: Vectors of a sequence, float [batch, length, FACTORS].
            known: Positions that hold an item, bool [batch, length]; no
                position attends to the others.
            training: Whether dropout is on.

        Returns:
            Vectors, float [batch, length, FACTORS].
        """
        normed = self.norms[0](inputs)
        attended = self._attention(
            [
                self.queries(normed) * FACTORS**-0.5,
                self.values(normed),
                self.keys(normed),
            ],
            mask=[None, known],
            use_causal_mask=True,
        )
        inputs = inputs + self._dropout(attended, training=training)
        hidden = self.output_layer(self.hidden(self.norms[1](inputs)))
        return inputs + self._dropout(hidden, training=training)


class SASRecModel(keras.Model):
    """SASRec x_ui = f_u . e_i, with f_u the output at the latest item of u.

    The inputs are e_i + p_t, with p_t the row of position t. In training, the
    output f at each position predicts the item i after it; its loss is

        -ln(exp(f . e_i) / (exp(f . e_i) + sum over j of exp(f . e_j))),

    with j the sampled items of the batch that are not in the user's sequence.

    Args:
        num_items: Number of items.
        seed: Seed of initial weights and dropout.

    Example:
        >>> model = SASRecModel(num_items=1000, seed=0)
        >>> users = model(sequences)[:, -1]  # [batch, FACTORS]
    """

    def __init__(self, num_items: int, seed: int) -> None:
        super().__init__()
        small = keras.initializers.RandomNormal(
            FACTORS**-0.5, seed=keras.random.SeedGenerator(seed)
        )
        # The last row is that of the positions before a short sequence.
        self.items = layers.Embedding(num_items + 1, FACTORS, small)
        self.items.build()
        self.positions = self.add_weight((LENGTH, FACTORS), small)
        self.blocks = [AttentionBlock(seed + block) for block in range(BLOCKS)]
        self.norm = layers.LayerNormalization()
        self.norm.build((None, None, FACTORS))
        self._padding = num_items
        self._dropout = layers.Dropout(DROPOUT, seed=seed)
        self.built = True

    def call(self, sequences: Any, training: bool = False) -> Any:
        """Computes the vector of the user after each item of a sequence.

        Args:
            sequences: Item indices, the latest last, with `num_items` before
                the first of a short sequence, int [batch, length]; length is at
                most `LENGTH`.
            training: Whether dropout is on.

        Returns:
            Vectors, float [batch, length, FACTORS].
        """
        length = sequences.shape[1]
        inputs = self.items(sequences) + self.positions[LENGTH - length :]
        vectors = self._dropout(inputs, training=training)
        for block in self.blocks:
            vectors = block(
                vectors, sequences != self._padding, training=training
            )
        return self.norm(vectors)

    def loss_of(self, sequences: Any, negatives: Any) -> Any:
        """Returns the mean loss of the items of a training batch, a scalar.

        Args:
            sequences: Input of `call`.
            negatives: Sampled items, int [negatives].
        """
        users = self(sequences[:, :-1], training=True)
        own = ops.sum(users * self.items(sequences[:, 1:]), axis=-1)
        others = ops.matmul(users, ops.transpose(self.items(negatives)))
        observed = ops.any(sequences[:, :, None] == negatives, axis=1)
        others = ops.where(observed[:, None], -1e9, others)
        scores = ops.concatenate([own[..., None], others], axis=-1)
        losses = ops.logsumexp(scores, axis=-1) - own
        counted = ops.cast(sequences[:, :-1] != self._padding, losses.dtype)
        return ops.sum(counted * losses) / ops.maximum(ops.sum(counted), 1.0)


def fit_sasrec(data: BaselineData) -> Scorer:
    """Fits SASRec to the order of the training interactions.

    Source: Kang and McAuley, ICDM 2018, equations 2 to 7, but with the softmax
    over sampled items instead of one negative, which is better (Klenitskiy and
    Vasilev, RecSys 2023). Negatives are items with interactions.

    Its settings are the paper's for sparse data where the paper has one; unlike
    those of the other baselines they were not tuned on H&M.
    """
    sequences = sequences_of(data)
    model = SASRecModel(data.num_items, data.seed)
    step = step_function(
        model,
        model.loss_of,
        LEARNING_RATE,
        [
            tf.TensorSpec([None, LENGTH + 1], tf.int64),
            tf.TensorSpec([NEGATIVES], tf.int64),
        ],
    )
    # Users with a single item have no next item to learn.
    trained = np.flatnonzero(sequences[:, -2] != data.num_items)
    pool = np.flatnonzero(data.interactions.train_counts())

    def run_epoch(epoch: int) -> None:
        rng = np.random.default_rng((data.seed, epoch))
        for users in in_batches(rng.permutation(trained), USERS_PER_BATCH):
            step(sequences[users], rng.choice(pool, NEGATIVES))

    def scorer() -> Scorer:
        batches = in_batches(np.arange(data.num_users), USERS_PER_BATCH)
        latest = sequences[:, 1:]
        users = [to_numpy(model(latest[users])[:, -1]) for users in batches]
        items = to_numpy(model.items.embeddings)[: data.num_items]
        return product_scorer(np.concatenate(users), items)

    return fit_epochs(run_epoch, scorer, data, "ndcg@10")


def sequences_of(data: BaselineData) -> np.ndarray:
    """Returns the latest training items of each user.

    Args:
        data: Data with times. Items of one time are in the order of their
            indices.

    Returns:
        Item indices, the latest last, preceded by the number of items where
        there are fewer, int64 [users, LENGTH + 1]: `LENGTH` inputs in training
        and the item after the last.

    Raises:
        UserError: If the interactions have no times.
    """
    train, times = data.interactions.train, data.times
    if times is None:
        raise missing_input("sasrec", "times")
    users = train.value_rowids().numpy()
    order = np.lexsort((times.values.numpy(), users))
    items = train.values.numpy()[order]
    places = np.arange(len(items)) - train.row_limits().numpy()[users]
    sequences = np.full((data.num_users, LENGTH + 1), data.num_items)
    kept = places >= -LENGTH - 1
    sequences[users[kept], places[kept]] = items[kept]
    return sequences

"""Exponential moving average (EMA) of the weights of a network."""

from collections.abc import Sequence

import keras
import tensorflow as tf


class EMA:
    """Exponential moving average of weights, on all replicas.

    Averages normalization statistics as well. The decay is smaller in the first
    steps, so that the average is useful early.

    Source: Yazici et al., "The unusual effectiveness of averaging in GAN
    training", ICLR 2019.

    Example:
        ema = EMA(generator.weights, decay=0.999)
        ema.update(tf.constant(1))  # After each optimizer step.
        ema.copy_to(evaluation_generator)

    Args:
        weights: Weights to average; their values are the initial average.
        decay: Factor of the old average in an update, 0 to 1.

    Attributes:
        variables: Averages, one per weight.
    """

    def __init__(self, weights: Sequence[keras.Variable], decay: float) -> None:
        self._weights = weights
        self._decay = decay
        self.variables = [
            tf.Variable(
                one.value,
                trainable=False,
                aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
            )
            for one in weights
        ]

    def update(self, step: tf.Tensor) -> None:
        """Updates the average with the present weights.

        Args:
            step: Number of completed steps, at least 1, an integer scalar.
        """
        taken = tf.cast(step, tf.float32)
        decay = tf.minimum(self._decay, taken / (taken + 10.0))
        for average, weight in zip(self.variables, self._weights, strict=True):
            average.assign_add((1.0 - decay) * (weight.value - average))

    def copy_to(self, network: keras.Model) -> None:
        """Assigns the averages to the weights of a network of equal shape."""
        for weight, average in zip(
            network.weights, self.variables, strict=True
        ):
            weight.assign(average)

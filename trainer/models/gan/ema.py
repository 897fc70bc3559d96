"""The moving average of a network's weights."""

from collections.abc import Sequence

import keras
import tensorflow as tf


class EMA:
    """Follows weights, on all devices; statistics of normalisation as well.

    The first steps count for more, so that the average is of use early.

    Source: Yazici et al., "The unusual effectiveness of averaging in GAN
    training", ICLR 2019.

    Args:
        weights: What is followed; the average starts as they are.
        decay: What is left of an old average in a step.
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
        """Takes the weights in.

        Args:
            step: Number of steps taken, at least 1, an integer scalar.
        """
        taken = tf.cast(step, tf.float32)
        decay = tf.minimum(self._decay, taken / (taken + 10.0))
        for average, weight in zip(self.variables, self._weights, strict=True):
            average.assign_add((1.0 - decay) * (weight.value - average))

    def copy_to(self, network: keras.Model) -> None:
        """Gives a network of the same shape the averages as its weights."""
        for weight, average in zip(
            network.weights, self.variables, strict=True
        ):
            weight.assign(average)

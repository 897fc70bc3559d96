"""Gradient ascent with Adam in a graph, for a fixed number of steps.

Source: Kingma and Ba, "Adam", ICLR 2015, algorithm 1, with the sign reversed.
Each row is optimized independently of the other rows.
"""

from collections.abc import Callable

import tensorflow as tf

BETA_1, BETA_2 = 0.9, 0.999
EPSILON = 1e-8


def adam_ascent(
    objective: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    start: tf.Tensor,
    steps: int,
    learning_rate: float,
) -> tf.Tensor:
    """Maximizes an objective from each row of the starting points.

    The loop consists of standard TensorFlow ops, so that it can be exported.

    Args:
        objective: Function of points, float [n, d], and the step index from 0,
            int32 scalar, to values, float [n]. The value of a point must not
            depend on other points.
        start: Starting points, float [n, d].
        steps: Number of steps.
        learning_rate: Learning rate, the approximate step length in each
            dimension.

    Returns:
        Final points, float [n, d].
    """

    def step(
        index: tf.Tensor, point: tf.Tensor, mean: tf.Tensor, square: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(point)
            # With the sum, unlike the mean, the gradient of a row does not
            # depend on the number of rows.
            total = tf.reduce_sum(objective(point, index))
        gradient = tape.gradient(total, point)
        mean = BETA_1 * mean + (1 - BETA_1) * gradient
        square = BETA_2 * square + (1 - BETA_2) * gradient**2
        t = tf.cast(index + 1, point.dtype)
        rate = learning_rate * tf.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
        point = point + rate * mean / (tf.sqrt(square) + EPSILON)
        return index + 1, point, mean, square

    zeros = tf.zeros_like(start)
    _, point, _, _ = tf.while_loop(
        lambda index, *_: index < steps,
        step,
        (tf.constant(0), start, zeros, zeros),
        parallel_iterations=1,
    )
    return point

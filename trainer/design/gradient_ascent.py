"""Adam inside a graph: a fixed number of steps up an objective.

Kingma and Ba, "Adam", ICLR 2015, algorithm 1, with the sign of an ascent. Rows
climb each by themselves, so what becomes of one does not depend on the others.
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
    """Climbs from each row of a start.

    Stock ops alone, in a loop of the graph, so that it can be exported.

    Args:
        objective: From points, float [n, d], and the number of the step, int32,
            counted from 0, to a value of each point, float [n], that depends
            on no other one.
        start: Where to begin, float [n, d].
        steps: How many steps are taken.
        learning_rate: About how far a step goes, in each dimension.

    Returns:
        The points that were reached, float [n, d].
    """

    def step(
        index: tf.Tensor, point: tf.Tensor, mean: tf.Tensor, square: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(point)
            # The sum, not the mean: the gradient of a row is its own.
            total = tf.reduce_sum(objective(point, index))
        gradient = tape.gradient(total, point)
        mean = BETA_1 * mean + (1 - BETA_1) * gradient
        square = BETA_2 * square + (1 - BETA_2) * gradient**2
        taken = tf.cast(index + 1, point.dtype)
        rate = learning_rate * tf.sqrt(1 - BETA_2**taken) / (1 - BETA_1**taken)
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

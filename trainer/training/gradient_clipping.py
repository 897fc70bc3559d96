"""Gradient clipping by global norm over all replicas."""

import tensorflow as tf

from trainer.training.lazy_adam import sum_duplicates


def clip(
    gradients: list[tf.Tensor | tf.IndexedSlices], norm: float
) -> list[tf.Tensor | tf.IndexedSlices]:
    """Clips the gradients, summed over all replicas, by their global norm.

    Clipping per replica would make the result depend on the number of replicas.

    Args:
        gradients: Gradients of this replica, to be summed over all replicas;
            those of looked up rows may hold a row several times.
        norm: Maximum global norm, the root of the sum of all squares; 0 for no
            clipping.

    Returns:
        The gradients of this replica, scaled down if the norm is too large.
    """
    if not norm:
        return gradients
    replicas = tf.distribute.get_replica_context()
    summed = replicas.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
    whole = tf.linalg.global_norm([sum_duplicates(value) for value in summed])
    scale = norm / tf.maximum(whole, norm)
    return [_scaled(gradient, scale) for gradient in gradients]


def _scaled(
    gradient: tf.Tensor | tf.IndexedSlices, scale: tf.Tensor
) -> tf.Tensor | tf.IndexedSlices:
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(
            scale * gradient.values, gradient.indices, gradient.dense_shape
        )
    return scale * gradient

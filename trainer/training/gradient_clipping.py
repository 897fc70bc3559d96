"""Gradient clipping by global norm over all replicas."""

import tensorflow as tf


def clip(gradients: list[tf.Tensor], norm: float) -> list[tf.Tensor]:
    """Clips the gradients, summed over all replicas, by their global norm.

    Clipping per replica would make the result depend on the number of replicas.

    Args:
        gradients: Gradients of this replica, to be summed over all replicas.
        norm: Maximum global norm, the root of the sum of all squares; 0 for no
            clipping.

    Returns:
        The gradients of this replica, scaled down if the norm is too large.
    """
    if not norm:
        return gradients
    replicas = tf.distribute.get_replica_context()
    whole = tf.linalg.global_norm(
        replicas.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
    )
    scale = norm / tf.maximum(whole, norm)
    return [scale * gradient for gradient in gradients]

"""Gradients scaled down where they are too large."""

import tensorflow as tf

GLOBAL_CLIPNORM = (
    "gradients of a network larger than this are scaled to it; 0: none"
)
"""What `--help` says of the flag."""


def clip(gradients: list[tf.Tensor], norm: float) -> list[tf.Tensor]:
    """Scales gradients such that those of all devices together have a norm.

    Clipping each device's share alone would make what is trained depend on how
    many share a batch.

    Args:
        gradients: This device's share of each, which add up over the devices.
        norm: The root of the sum of all squares that is allowed; 0: any.

    Returns:
        The gradients, smaller where they were too large.
    """
    if not norm:
        return gradients
    replicas = tf.distribute.get_replica_context()
    whole = tf.linalg.global_norm(
        replicas.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
    )
    scale = norm / tf.maximum(whole, norm)
    return [scale * one for one in gradients]

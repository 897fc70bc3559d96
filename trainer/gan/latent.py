"""The numbers that designs are drawn from."""

import tensorflow as tf

from trainer.gan.config import GanConfig


def draw_z(config: GanConfig, number: int, seed: tf.Tensor) -> tf.Tensor:
    """Draws z, the same for the same seed.

    Args:
        config: Its size and distribution.
        number: How many.
        seed: Two integers, int [2].

    Returns:
        float32 [number, z_dim]: normal, or uniform in [-1, 1).
    """
    shape = [number, config.z_dim]
    if config.z_distribution == "normal":
        return tf.random.stateless_normal(shape, seed)
    return tf.random.stateless_uniform(shape, seed, -1.0, 1.0)

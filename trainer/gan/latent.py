"""Sampling of the latent vector z."""

import tensorflow as tf

from trainer.gan.config import GanConfig


def draw_z(config: GanConfig, number: int, seed: tf.Tensor) -> tf.Tensor:
    """Samples latent vectors; the same seed gives the same vectors.

    Args:
        config: Configuration with the dimension and distribution of z.
        number: Number of vectors.
        seed: Random seed, int [2].

    Returns:
        Latent vectors, float32 [number, z_dim]: standard normal, or uniform
        in [-1, 1).
    """
    shape = [number, config.z_dim]
    if config.z_distribution == "normal":
        return tf.random.stateless_normal(shape, seed)
    return tf.random.stateless_uniform(shape, seed, -1.0, 1.0)

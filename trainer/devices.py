"""The devices that a run is trained on."""

import keras
import tensorflow as tf


def start_devices(seed: int) -> tf.distribute.Strategy:
    """Returns the strategy that trains on all devices of this machine.

    Args:
        seed: What is drawn from now on, and so what is trained, follows from
            it.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    return all_devices()


def all_devices() -> tf.distribute.Strategy:
    """Returns one strategy for several GPUs, and another for less."""
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()

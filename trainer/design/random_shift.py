"""Moves images a little, another way at each step of a search.

A network can be told that it likes an image by a pattern of pixels that nobody
sees and that no other network likes. Such patterns hang on exact places; what
is seen does not. A search that looks at its image a little moved each time
finds more of the latter (Athalye et al. 2018, "Synthesizing robust adversarial
examples", section 2, turned to our side).
"""

from typing import Any

import tensorflow as tf

REACH = 1 / 16
"""Of the side of an image, how far it is moved at most."""


def random_shift(images: Any, seed: Any) -> Any:
    """Moves images, all the same way, and mirrors what is missing.

    Args:
        images: float [n, size, size, 3].
        seed: Two integers, int [2].

    Returns:
        float [n, size, size, 3].
    """
    shape = tf.shape(images)
    most = round(images.shape[1] * REACH)
    place = tf.random.stateless_uniform([2], seed, 0, 2 * most + 1, tf.int32)
    room = [most, most]
    wider = tf.pad(images, [[0, 0], room, room, [0, 0]], mode="REFLECT")
    start = tf.stack([0, place[0], place[1], 0])
    return tf.ensure_shape(tf.slice(wider, start, shape), images.shape)

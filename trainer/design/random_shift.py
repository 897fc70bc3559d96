"""Small random shifts of images, different in each step of a search.

The score of a network can be raised by pixel patterns that are invisible and
that no other network responds to. Such adversarial patterns depend on exact
pixel positions, visible content does not. A random shift in each step therefore
favors visible changes (expectation over transformation: Athalye et al. 2018,
"Synthesizing robust adversarial examples", section 2, used here for the
opposite purpose).
"""

from typing import Any

import tensorflow as tf

REACH = 1 / 16
"""Maximum shift, as a fraction of the side of an image."""


def random_shift(images: Any, seed: Any) -> Any:
    """Shifts all images by the same random offset, with reflection padding.

    Args:
        images: RGB images, float [n, size, size, 3].
        seed: Random seed, int [2].

    Returns:
        Shifted images, float [n, size, size, 3].
    """
    shape = tf.shape(images)
    most = round(images.shape[1] * REACH)
    place = tf.random.stateless_uniform([2], seed, 0, 2 * most + 1, tf.int32)
    room = [most, most]
    wider = tf.pad(images, [[0, 0], room, room, [0, 0]], mode="REFLECT")
    start = tf.stack([0, place[0], place[1], 0])
    return tf.ensure_shape(tf.slice(wider, start, shape), images.shape)

"""Codes and names of colors in the graph."""

import tensorflow as tf

from trainer.models.composition.color_name import COLORS
from trainer.models.composition.lab_color import lab_to_rgb

_HEX = [f"{level:02x}" for level in range(256)]


def hex_codes(lab: tf.Tensor) -> tf.Tensor:
    """Returns colors as #rrggbb, as `color_name.to_hex`.

    Args:
        lab: Lab colors, float32 [..., 3].

    Returns:
        Codes, string [...].
    """
    levels = tf.cast(tf.round((lab_to_rgb(lab) + 1.0) * 127.5), tf.int32)
    digits = tf.strings.reduce_join(tf.gather(_HEX, levels), axis=-1)
    return tf.strings.join(["#", digits])


def color_names(lab: tf.Tensor, palette: tf.Tensor) -> tf.Tensor:
    """Returns the names of the nearest named colors, as `color_name`.

    Args:
        lab: Lab colors, float32 [..., 3].
        palette: Lab colors of `COLORS`, float32 [colors, 3].

    Returns:
        Names, string [...].
    """
    distances = tf.norm(palette - lab[..., None, :], axis=-1)
    return tf.gather(list(COLORS), tf.argmin(distances, axis=-1))
